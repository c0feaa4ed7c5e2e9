import { writeFileSync } from "node:fs";
import { stripVTControlCharacters, styleText } from "node:util";
import { said, WaybillError } from "../model/errors.ts";
import { withoutCredentials } from "../systems/calls/credentials.ts";

// What commands print. Data goes to stdout, everything else to stderr. What came from outside is shown without control characters: a record must
// not be able to move the cursor of whoever looks at it.

type Style = Parameters<typeof styleText>[0];

const coloured = (): boolean => process.stdout.isTTY === true && process.env.NO_COLOR === undefined;

export function styled(style: Style, text: string): string {
  return coloured() ? styleText(style, text, { validateStream: false }) : text;
}

let redact: (text: string) => string = withoutCredentials;

/** From now on everything that is printed goes through `redactor`. */
export function redactWith(redactor: (text: string) => string): void {
  redact = redactor;
}

export function print(text: string): void {
  process.stdout.write(`${redact(text)}\n`);
}

export function printJson(value: unknown): void {
  const text = JSON.stringify(value, (_, part: unknown) => (typeof part === "bigint" ? part.toString() : part), 2);
  process.stdout.write(`${redact(text)}\n`);
}

export function say(text: string): void {
  process.stderr.write(`${redact(text)}\n`);
}

/** An address to open in a browser, whole: what stands in it, such as the id of a client that is kept as a secret, goes through the browser anyway. */
export function sayAddress(words: string, url: string): void {
  say(words);
  process.stderr.write(`\n  ${url}\n\n`);
}

/** Text from outside, on one line, without anything a terminal would obey. */
export function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
  return stripVTControlCharacters(text).replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]+/g, " ");
}

export interface Column<Row> {
  readonly title: string;
  readonly of: (row: Row) => string | number | null | undefined;
  readonly right?: boolean;
  /** Gives way only to a terminal: whoever pipes it into a file or a program needs all of it. */
  readonly whole?: boolean;
  readonly style?: (row: Row) => Style | undefined;
}

const widthDefault = 120;
const gap = 2;

/** A table that fits the terminal: the widest column of text gives way, where it may. */
export function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string {
  const cells = rows.map((row) => columns.map((column) => plain(String(column.of(row) ?? ""))));
  const widths = columns.map((column, at) =>
    Math.max(column.title.length, ...cells.map((row) => row[at]?.length ?? 0)),
  );
  const terminal = process.stdout.columns;
  const width = terminal ?? widthDefault;
  const mayGive = columns.map(({ whole }) => terminal !== undefined || whole !== true);
  for (let over = total(widths) - width; over > 0; over = total(widths) - width) {
    const giving = widths.map((one, at) => (mayGive[at] === true ? one : 0));
    const widest = giving.indexOf(Math.max(...giving));
    const least = 12;
    if ((giving[widest] ?? 0) <= least) break;
    widths[widest] = Math.max(least, (widths[widest] ?? 0) - over);
  }
  const line = (texts: readonly string[], paint: (text: string, at: number) => string): string =>
    texts
      .map((text, at) => paint(fitted(text, widths[at] ?? 0, columns[at]?.right === true), at))
      .join(" ".repeat(gap))
      .trimEnd();
  return [
    line(
      columns.map(({ title }) => title),
      (text) => styled("dim", text),
    ),
    ...rows.map((row, index) =>
      line(cells[index] ?? [], (text, at) => {
        const style = columns[at]?.style?.(row);
        return style === undefined ? text : styled(style, text);
      }),
    ),
  ].join("\n");
}

function total(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width + gap, -gap);
}

function fitted(text: string, width: number, right: boolean): string {
  const cut = text.length > width ? `${text.slice(0, Math.max(0, width - 1))}…` : text;
  return right ? cut.padStart(width) : cut.padEnd(width);
}

/** How long ago, in words: "3m ago". */
export function ago(iso: string | null, nowMs: number): string {
  if (iso === null) return "";
  const seconds = Math.round((nowMs - Date.parse(iso)) / 1_000);
  const [count, unit] =
    Math.abs(seconds) < 60
      ? [seconds, "s"]
      : Math.abs(seconds) < 3_600
        ? [Math.round(seconds / 60), "m"]
        : Math.abs(seconds) < 86_400
          ? [Math.round(seconds / 3_600), "h"]
          : [Math.round(seconds / 86_400), "d"];
  return Number(count) < 0 ? `in ${-Number(count)}${unit}` : `${count}${unit} ago`;
}

/** A line of progress on stderr, only where somebody watches. */
export function progress(text: string): void {
  if (process.stderr.isTTY === true) process.stderr.write(`\r\u001b[2K${text}`);
}

/**
 * Writes the page that `--html` asked for.
 *
 * @throws {WaybillError} `bad-usage` when it cannot be written.
 */
export function writePage(file: string, page: string): void {
  try {
    writeFileSync(file, page);
  } catch (error) {
    throw new WaybillError("bad-usage", `${file} cannot be written: ${said(error)}`, "Give --html the path of a file.");
  }
  say(`The page is in ${file}.`);
}
