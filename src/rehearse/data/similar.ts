import type { Random } from "../../world/random.ts";
import { between, pick } from "./chance.ts";
import { formats, moment } from "./formats.ts";

// Another value of the look of a sample: the same kind, the same form, other digits. What it means nobody knows here, so the contract is asked afterwards.

const uuidForm = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;
const isoForm = /^(\d{4})-\d{2}-\d{2}(?:([Tt ])\d{2}:\d{2}(:\d{2})?(.*))?$/;
const dayForm = /^\d{1,2}([./-])\d{1,2}\1(\d{4}|\d{2})$/;
const emailForm = /^[^@\s]+@([^@\s]+)$/;
/** Fewer digits make too few names: then letters are drawn again too. */
const digitsThatName = 3;

/** @example similarTo("ORD-1001", random) // "ORD-7385" */
export function similarTo(value: unknown, random: Random): unknown {
  switch (typeof value) {
    case "string":
      return similarText(value, random);
    case "number":
      return similarNumber(value, random);
    case "bigint":
      return BigInt(similarNumber(Number(value % 1_000_000_000n), random));
    case "boolean":
      return !value;
    default:
      return value instanceof Date ? moment(random) : value;
  }
}

function similarText(text: string, random: Random): string {
  if (uuidForm.test(text)) return pick(random, formats.uuid ?? [])(random);
  const iso = isoForm.exec(text);
  if (iso !== null) return similarMoment(iso, random);
  const day = dayForm.exec(text);
  // Day and month are both at most 12: whichever comes first, there is such a day.
  if (day !== null) return [two(between(random, 1, 12)), two(between(random, 1, 12)), day[2]].join(day[1]);
  const email = emailForm.exec(text);
  if (email !== null) return `person${between(random, 1, 999_999)}@${email[1]}`;
  const enough = (text.match(/\d/g) ?? []).length >= digitsThatName;
  return text.replaceAll(enough ? /\d/g : /[\dA-Za-z]/g, (character, at: number) =>
    similarCharacter(character, text[at - 1], random),
  );
}

function similarCharacter(character: string, before: string | undefined, random: Random): string {
  if (/\d/.test(character)) {
    // A zero in front stays one, and nothing else becomes one.
    const leads = before === undefined || !/\d/.test(before);
    return leads ? (character === "0" ? "0" : String(between(random, 1, 9))) : String(between(random, 0, 9));
  }
  return pick(random, [...(character === character.toUpperCase() ? "BCDFGHKLMNPRSTVX" : "bcdfghklmnprstvx")]);
}

const two = (value: number): string => String(value).padStart(2, "0");

function similarMoment([, year, letter, seconds, rest = ""]: RegExpExecArray, random: Random): string {
  const date = `${year}-${two(between(random, 1, 12))}-${two(between(random, 1, 28))}`;
  if (letter === undefined) return date;
  const time = [
    between(random, 0, 23),
    between(random, 0, 59),
    ...(seconds === undefined ? [] : [between(random, 0, 59)]),
  ];
  return `${date}${letter}${time.map(two).join(":")}${rest}`;
}

function similarNumber(value: number, random: Random): number {
  if (!Number.isFinite(value)) return value;
  const sign = value < 0 ? -1 : 1;
  if (!Number.isInteger(value)) {
    const decimals = Math.min(12, (String(value).split(".")[1] ?? "").length);
    return sign * Number((random.next() * Math.max(10, Math.abs(value) * 2)).toFixed(decimals));
  }
  const digits = String(Math.abs(value)).length;
  return digits < 4 ? sign * between(random, 1, 9_999) : sign * between(random, 10 ** (digits - 1), 10 ** digits - 1);
}
