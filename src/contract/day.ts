import { z } from "zod";
import { checkOptions, checkText, type Declared, declared, refuse, shown } from "../model/options.ts";

export interface DayOptions {
  /** How a day is written, with YYYY, MM or M, DD or D; `"YYYY-MM-DD"` by default. */
  format?: string;
}

type Part = "year" | "month" | "day";

const parts: Readonly<Record<string, { part: Part; digits: string }>> = {
  YYYY: { part: "year", digits: "\\d{4}" },
  MM: { part: "month", digits: "\\d{2}" },
  M: { part: "month", digits: "\\d{1,2}" },
  DD: { part: "day", digits: "\\d{2}" },
  D: { part: "day", digits: "\\d{1,2}" },
};
const months = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];

/**
 * A day in the calendar, without time or zone, as ISO text: `"2026-02-28"`. A day that there is not breaks the contract (`new Date` would make
 * 2 March of 30 February).
 *
 * @throws {WaybillError} `bad-definition` when the format cannot be read.
 * @example z.object({ from: day({ format: "DD/MM/YYYY" }) })
 */
export function day(options: DayOptions = {}): z.ZodType<string, string> {
  const thing = declared("day()");
  checkOptions(thing, options, { format: true } satisfies Record<keyof DayOptions, true>);
  const { format = "YYYY-MM-DD" } = options;
  const form = formOf(thing, format);
  return z
    .string()
    .regex(form, { error: `is not a day written as ${format}`, abort: true })
    .transform((given, context) => {
      const { year = "", month = "", day = "" } = form.exec(given)?.groups ?? {};
      const problem = problemIn(Number(year), Number(month), Number(day));
      if (problem === undefined) return `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
      context.addIssue({ code: "custom", message: problem });
      return z.NEVER;
    });
}

function formOf(thing: Declared, format: unknown): RegExp {
  const hint = 'With YYYY, MM or M, and DD or D once each: "DD/MM/YYYY", "YYYY-MM-DD", "D.M.YYYY".';
  checkText(thing, "format", format, hint);
  // Runs of one letter, and what stands between them.
  const found = (format as string).match(/([A-Za-z])\1*|[^A-Za-z]+/g) ?? [];
  const seen: Part[] = [];
  let source = "";
  for (const [index, piece] of found.entries()) {
    const known = parts[piece];
    if (known === undefined && /[A-Za-z]/.test(piece)) {
      refuse(
        thing,
        `format is ${shown(format)}, and "${piece}" in it is not known.`,
        piece === "YY" ? "Two digits do not say which century: YYYY." : hint,
      );
    }
    if (known === undefined) source += piece.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
    else {
      if (known.digits === "\\d{1,2}" && parts[found[index + 1] ?? ""] !== undefined) {
        refuse(
          thing,
          `format is ${shown(format)}, and nobody could tell where "${piece}" ends.`,
          `Write "${piece}${piece}", or put something between.`,
        );
      }
      seen.push(known.part);
      source += `(?<${known.part}>${known.digits})`;
    }
  }
  for (const part of ["year", "month", "day"] as const) {
    const count = seen.filter((one) => one === part).length;
    if (count !== 1)
      refuse(
        thing,
        `format is ${shown(format)}, and the ${part} stands in it ${count === 0 ? "nowhere" : "twice"}.`,
        hint,
      );
  }
  return new RegExp(`^\\s*${source}\\s*$`);
}

function problemIn(year: number, month: number, day: number): string | undefined {
  if (year === 0) return "there is no year 0";
  if (month < 1 || month > 12) return `there is no month ${month}`;
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const last = month === 2 ? (leap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;
  return day < 1 || day > last ? `there is no ${day} ${months[month - 1]} ${year}` : undefined;
}
