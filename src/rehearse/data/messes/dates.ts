import type { Random } from "../../../world/random.ts";
import { pick } from "../chance.ts";
import { instead, type Mess, unfit } from "./mess.ts";

/** A day, the time behind it if there is one, and in which form both stood. */
interface Written {
  readonly year: string;
  readonly month: string;
  readonly day: string;
  /** `17:05:09`, or nothing. */
  readonly time: string;
  /** Milliseconds since 1970, where it is a moment of the calendar. */
  readonly ms: number;
}

const isoForm = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?).*)?$/;
const dayForm = /^(\d{1,2})([./-])(\d{1,2})\2(\d{4})$/;

function writtenIn(text: string): Written | undefined {
  const iso = isoForm.exec(text);
  if (iso !== null) return dated(iso[1], iso[2], iso[3], iso[4]);
  const other = dayForm.exec(text);
  return other === null ? undefined : dated(other[4], other[3], other[1], undefined);
}

function dated(year = "", month = "", day = "", time = ""): Written {
  const [hour, minute, second] = `${time}:0:0`.split(":").map(Number);
  return {
    year,
    month: month.padStart(2, "0"),
    day: day.padStart(2, "0"),
    time,
    ms: Date.UTC(Number(year), Number(month) - 1, Number(day), hour, minute, second),
  };
}

function ofDate(words: string, spoil: (date: Written, text: string, random: Random) => unknown): Mess {
  return {
    words,
    spoil(value, random) {
      const text = value instanceof Date && !Number.isNaN(value.getTime()) ? value.toISOString() : value;
      const date = typeof text === "string" ? writtenIn(text) : undefined;
      const spoiled = date === undefined ? unfit : spoil(date, String(text), random);
      return spoiled === value ? unfit : spoiled;
    },
  };
}

const months = "Jan,Feb,Mar,Apr,May,Jun,Jul,Aug,Sep,Oct,Nov,Dec".split(",");
const behind = (time: string): string => (time === "" ? "" : ` ${time}`);
/** Days between the beginning of spreadsheets and that of Unix. */
const excelEpochDays = 25_569;

/** Days and times as other countries and programs write them, and such as there are not. */
export const dates: readonly Mess[] = [
  ofDate(
    "a date as in the United States",
    ({ year, month, day, time }) => `${Number(month)}/${Number(day)}/${year}${behind(time)}`,
  ),
  ofDate("a date as in Germany", ({ year, month, day, time }) => `${day}.${month}.${year}${behind(time)}`),
  ofDate("a date as in Britain", ({ year, month, day, time }) => `${day}/${month}/${year}${behind(time)}`),
  ofDate(
    "a date with the month's name",
    ({ year, month, day }) => `${Number(day)}-${months[Number(month) - 1] ?? "Mai"}-${year}`,
  ),
  ofDate("a date without signs between", ({ year, month, day }) => `${year}${month}${day}`),
  ofDate("a year of two digits", ({ year, month, day }) => `${day}/${month}/${year.slice(2)}`),
  ofDate("a spreadsheet's number for a day", ({ ms, time }, _, random) => {
    const serial = ms / 86_400_000 + excelEpochDays;
    const shown = time === "" ? Math.floor(serial) : Number(serial.toFixed(6));
    return pick(random, [shown, String(shown)]);
  }),
  ofDate("seconds since 1970", ({ ms }) => Math.floor(ms / 1_000)),
  ofDate("milliseconds since 1970", ({ ms }) => ms),
  ofDate("a date as old .NET programs write it", ({ ms }) => `/Date(${ms})/`),
  ofDate("30 February", (date, text) => inForm(date, text, "30", "02")),
  ofDate("month 13", (date, text) => inForm(date, text, date.day, "13")),
  ofDate("a day and a month of zeros", (date, text) => inForm(date, text, "00", "00")),
  ofDate("the hour 24:00", ({ time }, text) => (time === "" ? `${text}T24:00:00Z` : text.replace(time, "24:00:00"))),
  ofDate("a 61st second", ({ time }, text) => (time === "" ? unfit : text.replace(time, "23:59:60"))),
  ofDate("no zone", ({ time }, text) => (time === "" ? unfit : text.replace(/(?:Z|[+-]\d\d:?\d\d)$/i, ""))),
  ofDate("the name of a zone instead of its offset", ({ time }, text) =>
    time === "" ? unfit : text.replace(/(?:Z|[+-]\d\d:?\d\d)$/i, " AEST"),
  ),
  ofDate("an hour that the clocks skip", ({ year, time }, text) =>
    time === "" ? unfit : text.replace(/^.{10}.\d\d/, `${year}-03-29T02`),
  ),
  ofDate("a day without its time, or midnight behind a day", ({ time }, text) =>
    time === "" ? `${text}T00:00:00` : text.slice(0, 10),
  ),
  ofDate("the year 10000", ({ month, day }) => `10000-${month}-${day}`),
  ofDate("what programs make of nothing", (_, text, random) =>
    pick(
      random,
      text.length > 10
        ? ["1970-01-01T00:00:00Z", "0001-01-01T00:00:00Z"]
        : ["1970-01-01", "0000-00-00", "1900-01-00", "00/01/1900"],
    ),
  ),
  instead("no date", ["0000-00-00", "today", "Invalid date", "31/04/2026"]),
];

/** The same form, another day. */
function inForm({ year }: Written, text: string, day: string, month: string): string {
  return isoForm.test(text)
    ? text.replace(/^.{10}/, `${year}-${month}-${day}`)
    : text.replace(dayForm, `${day}$2${month}$2$4`);
}
