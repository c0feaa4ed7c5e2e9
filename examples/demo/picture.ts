import { styleText } from "node:util";

// What the demo shows: one live line while it works, then a few calm tables. Without a terminal the line becomes a line every few seconds.

const isTerminal = process.stdout.isTTY === true;
const plainEveryMs = 5_000;

export const dim = (text: string): string => styleText("dim", text);
export const bold = (text: string): string => styleText("bold", text);
export const good = (text: string): string => styleText("green", text);
export const bad = (text: string): string => styleText("red", text);

export function say(text = ""): void {
  console.log(text);
}

/** One line that keeps changing. */
export class LiveLine {
  #text = "";
  #shownMs = Number.NEGATIVE_INFINITY;

  show(text: string): void {
    this.#text = text;
    if (isTerminal) {
      process.stdout.write(`\r\u001b[2K  ${text}`);
    } else if (performance.now() - this.#shownMs >= plainEveryMs) {
      this.#shownMs = performance.now();
      console.log(`  ${text}`);
    }
  }

  /** A line that stays, above the one that changes. */
  note(text: string): void {
    if (isTerminal) process.stdout.write("\r\u001b[2K");
    console.log(`  ${text}`);
    if (isTerminal && this.#text !== "") process.stdout.write(`  ${this.#text}`);
  }

  end(): void {
    if (isTerminal) process.stdout.write("\r\u001b[2K");
  }
}

/** Two columns of names and numbers beside each other, each under its heading. */
export function beside(
  left: { readonly heading: string; readonly rows: readonly (readonly [string, number])[] },
  right: { readonly heading: string; readonly rows: readonly (readonly [string, number])[] },
): string {
  const width = 38;
  const cell = (row: readonly [string, number] | undefined): string =>
    row === undefined ? "" : `${row[0].padEnd(16)}${thousands(row[1]).padStart(8)}`;
  const lines = [bold(left.heading) + " ".repeat(width - left.heading.length) + bold(right.heading)];
  for (let at = 0; at < Math.max(left.rows.length, right.rows.length); at++) {
    lines.push(`${cell(left.rows[at]).padEnd(width)}${cell(right.rows[at])}`.trimEnd());
  }
  return lines.map((line) => `  ${line}`).join("\n");
}

export function thousands(count: number): string {
  return count.toLocaleString("en");
}

export function bar(share: number): string {
  const width = 24;
  const full = Math.round(Math.min(1, share) * width);
  return `${"━".repeat(full)}${dim("─".repeat(width - full))}`;
}
