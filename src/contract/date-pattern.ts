import { closest } from "../model/did-you-mean.ts";
import { type Declared, refuse, shown } from "../model/options.ts";
import { shortMonths } from "./calendar.ts";

// Patterns such as DD/MM/YYYY HH:mm, as everybody writes them. Each part stands in one once, or not at all; everything else in them stands for itself.

export type Part = "year" | "month" | "day" | "hour" | "half" | "minute" | "second" | "fraction" | "offset";

const dayTokens = {
  YYYY: { part: "year", digits: "\\d{4}" },
  MM: { part: "month", digits: "\\d{2}" },
  M: { part: "month", digits: "\\d{1,2}" },
  MMM: { part: "month", digits: `(?:${shortMonths.join("|")})` },
  DD: { part: "day", digits: "\\d{2}" },
  D: { part: "day", digits: "\\d{1,2}" },
} as const satisfies Record<string, { part: Part; digits: string }>;

const timeTokens = {
  HH: { part: "hour", digits: "\\d{2}" },
  H: { part: "hour", digits: "\\d{1,2}" },
  hh: { part: "hour", digits: "\\d{2}" },
  h: { part: "hour", digits: "\\d{1,2}" },
  A: { part: "half", digits: "[AaPp]\\.?[Mm]\\.?" },
  mm: { part: "minute", digits: "\\d{2}" },
  ss: { part: "second", digits: "\\d{2}" },
  SSS: { part: "fraction", digits: "\\d{1,9}" },
  Z: { part: "offset", digits: "(?:[Zz]|[+-]\\d{2}(?::?\\d{2})?)" },
} as const satisfies Record<string, { part: Part; digits: string }>;

type Tokens = Readonly<Record<string, { readonly part: Part; readonly digits: string }>>;

export interface DatePattern {
  readonly form: RegExp;
  /** In the order in which they stand in it: the groups of `form`. */
  readonly parts: readonly Part[];
  /** Hours are counted from 1 to 12, and the half of the day is said. */
  readonly halves: boolean;
  /** How 17:05:09 in UTC on a day of ISO text is written so. */
  readonly write: (day: string) => string;
}

export interface PatternWords {
  /** What has to stand in it. */
  readonly needed: readonly Part[];
  readonly hint: string;
  readonly withTime: boolean;
}

/** @throws {WaybillError} `bad-definition` when nobody could read what is written so. */
export function datePattern(thing: Declared, format: string, { needed, hint, withTime }: PatternWords): DatePattern {
  const tokens: Tokens = withTime ? { ...dayTokens, ...timeTokens } : dayTokens;
  // Runs of one letter, and what stands between them.
  const pieces: readonly string[] = format.match(/([A-Za-z])\1*|[^A-Za-z]+/g) ?? [];
  const parts: Part[] = [];
  let source = "";
  for (const [index, piece] of pieces.entries()) {
    const known = tokens[piece];
    if (known === undefined) {
      // The letter between day and time in ISO 8601.
      if (/[A-Za-z]/.test(piece) && !(withTime && piece === "T")) refusePiece(thing, format, piece, tokens, hint);
      source += piece.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
      continue;
    }
    if (known.digits === "\\d{1,2}" && tokens[pieces[index + 1] ?? ""] !== undefined) {
      const problem = `format is ${shown(format)}, and nobody could tell where "${piece}" ends.`;
      refuse(thing, problem, `Write "${piece}${piece}", or put something between.`);
    }
    parts.push(known.part);
    source += `(${known.digits})`;
  }
  checkParts(thing, format, parts, { needed, hint });
  checkHours(thing, format, pieces);
  const write = (iso: string): string => {
    const day = dayTexts(iso);
    return pieces
      .map((piece) => (tokens[piece] === undefined ? piece : (day[piece] ?? timeTexts[piece] ?? "")))
      .join("");
  };
  return { form: new RegExp(`^\\s*${source}\\s*$`, "i"), parts, halves: pieces.includes("A"), write };
}

const timeTexts: Readonly<Record<string, string>> = {
  ...{ HH: "17", H: "17", hh: "05", h: "5", A: "PM", mm: "05", ss: "09", SSS: "000", Z: "+00:00" },
};

function dayTexts(iso: string): Readonly<Record<string, string>> {
  const [year = "", month = "", day = ""] = iso.split("-");
  const name = shortMonths[Number(month) - 1] ?? "";
  return {
    ...{ YYYY: year, MM: month, M: String(Number(month)), MMM: name.charAt(0).toUpperCase() + name.slice(1) },
    ...{ DD: day, D: String(Number(day)) },
  };
}

function refusePiece(thing: Declared, format: string, piece: string, tokens: Tokens, hint: string): never {
  const meant = Object.keys(tokens).find((token) => token.toLowerCase() === piece.toLowerCase());
  const century = piece.toUpperCase() === "YY" ? "Two digits do not say which century: YYYY." : undefined;
  refuse(
    thing,
    `format is ${shown(format)}, and "${piece}" in it is not known.`,
    century ?? (meant === undefined ? hint : `Did you mean "${meant}"? ${hint}`),
  );
}

function checkParts(
  thing: Declared,
  format: string,
  parts: readonly Part[],
  { needed, hint }: Pick<PatternWords, "needed" | "hint">,
): void {
  for (const part of new Set([...needed, ...parts])) {
    const count = parts.filter((one) => one === part).length;
    if (count === 1) continue;
    const problem = `format is ${shown(format)}, and the ${part} stands in it ${count === 0 ? "nowhere" : "twice"}.`;
    refuse(thing, problem, hint);
  }
  if (parts.includes("fraction") && !parts.includes("second"))
    refuse(thing, `format is ${shown(format)}, and the second stands in it nowhere.`, hint);
}

/** 05:00 is two times of the day, unless it is said which. */
function checkHours(thing: Declared, format: string, pieces: readonly string[]): void {
  const twelve = pieces.includes("hh") || pieces.includes("h");
  const half = pieces.includes("A");
  if (twelve && !half)
    refuse(
      thing,
      `format is ${shown(format)}, and "hh" counts to 12 only.`,
      'Write "HH" for hours to 23, or add "A" for AM and PM.',
    );
  if (half && !twelve)
    refuse(thing, `format is ${shown(format)}, and "A" (AM and PM) goes with hours to 12.`, 'Write "hh:mm A".');
}

/** The name of a format that was probably meant; undefined where it rather is a pattern. */
export function closestName(format: string, names: readonly string[]): string | undefined {
  if (/[YMDHms]{2}/.test(format)) return undefined;
  return closest(format, names) ?? names.find((name) => name.startsWith(format.toLowerCase()));
}
