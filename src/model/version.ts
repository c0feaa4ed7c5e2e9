import { WaybillError } from "./errors.ts";

// A version is a whole number or an instant, and is compared as what it is, never as the text it came in: "10" is newer than "9", and
// 2026-01-01T01:00:00+01:00 is the same as 2026-01-01T00:00:00Z. The ledger compares text, so a version is stored as text that sorts:
//
//   whole numbers (64 bit)   i1 and 19 digits from zero up, i0 and the distance from -10^19 below
//   instants                 t2026-01-01T00:00:00.123456000Z in UTC, to the nanosecond, years 0000 to 9999

const int64Max = 2n ** 63n - 1n;
const int64Min = -(2n ** 63n);
const tenTo19 = 10n ** 19n;

const wholeForm = /^[+-]?\d{1,30}$/;
const instantForm =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?([Zz]|[+-]\d{2}(?::?\d{2})?)$/;
const withoutZoneForm = /^\d{4}-?\d{2}-?\d{2}([Tt ]\d{2}(:?\d{2}){0,2}([.,]\d+)?)?$/;
const tooFineForm = /[.,]\d{10,}/;

/**
 * A version as text that sorts, oldest first.
 *
 * @throws {WaybillError} `unreadable` when it is neither a whole number nor an instant with a zone.
 * @example versionText("2026-01-01T08:00:00+08:00") // "t2026-01-01T00:00:00.000000000Z"
 */
export function versionText(version: unknown): string {
  switch (typeof version) {
    case "number":
      return numberText(version);
    case "bigint":
      return wholeText(version, String(version));
    case "string":
      return textText(version);
    default:
      if (version instanceof Date) return dateText(version);
      throw refused(version === undefined || version === null ? "missing" : `a ${typeof version}`);
  }
}

/** A stored version as a person reads it: `5`, `-3`, `2026-01-01T00:00:00.123456Z`. */
export function versionShown(text: string): string {
  switch (text[0]) {
    case "i":
      return String(text[1] === "1" ? BigInt(text.slice(2)) : BigInt(text.slice(2)) - tenTo19);
    case "t":
      return text.slice(1).replace(/\.?0*Z$/, "Z");
    default:
      return text;
  }
}

function numberText(version: number): string {
  if (Number.isSafeInteger(version)) return wholeText(BigInt(version), String(version));
  if (!Number.isFinite(version)) throw refused(String(version));
  if (Number.isInteger(version)) {
    throw refused(`the number ${version}, beyond 2^53, where numbers leave some out`, "Give it as a bigint.");
  }
  throw refused(
    `${version}, which is not a whole number`,
    "For a time with fractions of a second, give a Date or ISO text.",
  );
}

function wholeText(version: bigint, shown: string): string {
  if (version > int64Max || version < int64Min) throw refused(`${shown.slice(0, 40)}, which does not fit in 64 bits`);
  const [sign, digits] = version < 0n ? ["i0", version + tenTo19] : ["i1", version];
  return sign + String(digits).padStart(19, "0");
}

function textText(version: string): string {
  const text = version.trim();
  if (wholeForm.test(text)) return wholeText(BigInt(text.replace(/^\+/, "")), text);
  const match = instantForm.exec(text);
  if (match !== null) return instantText(match, text);
  const shown = JSON.stringify(version.slice(0, 60));
  if (withoutZoneForm.test(text)) {
    throw refused(
      `${shown}, an instant without a zone`,
      'Add the zone it is meant in: "2026-01-01T08:00:00Z" or "…+08:00".',
    );
  }
  if (tooFineForm.test(text)) throw refused(`${shown}, finer than a nanosecond`);
  throw refused(`${shown}, which is neither a whole number nor an instant`);
}

function instantText(match: RegExpExecArray, text: string): string {
  const [, year, month, day, hour, minute, second = "00", fraction = "", zone = "Z"] = match;
  const [y, mo, d, h, mi, s] = [year, month, day, hour, minute, second].map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const offsetMinutes = minutesOf(zone);
  // A leap second counts as the second before it, as Temporal does.
  const local = utcMs(y, mo, d, h, mi, Math.min(s, 59));
  if (local === undefined || s > 60 || offsetMinutes === undefined) {
    throw refused(`${JSON.stringify(text)}, a moment that the calendar does not have`);
  }
  return msText(local - offsetMinutes * 60_000, fraction.padEnd(9, "0"));
}

/** Undefined for a 30th of February and its kin, which Date.UTC quietly moves. */
function utcMs(y: number, mo: number, d: number, h: number, mi: number, s: number): number | undefined {
  const date = new Date(0);
  date.setUTCFullYear(y, mo - 1, d);
  const same = date.getUTCFullYear() === y && date.getUTCMonth() === mo - 1 && date.getUTCDate() === d;
  const midnight = h === 24 && mi === 0 && s === 0;
  if (!same || (h > 23 && !midnight) || mi > 59) return undefined;
  return date.getTime() + ((h * 60 + mi) * 60 + s) * 1_000;
}

function minutesOf(zone: string): number | undefined {
  if (zone === "Z" || zone === "z") return 0;
  const digits = zone.slice(1).replace(":", "").padEnd(4, "0");
  const hours = Number(digits.slice(0, 2));
  const minutes = Number(digits.slice(2));
  if (hours > 23 || minutes > 59) return undefined;
  return (zone[0] === "-" ? -1 : 1) * (hours * 60 + minutes);
}

function dateText(version: Date): string {
  const ms = version.getTime();
  if (Number.isNaN(ms)) throw refused("an invalid Date");
  const fraction = String(((ms % 1_000) + 1_000) % 1_000).padStart(3, "0");
  return msText(ms, `${fraction}000000`);
}

/** @param fraction nine digits, instead of the milliseconds in `ms`. */
function msText(ms: number, fraction: string): string {
  const iso = new Date(ms).toISOString();
  if (iso.length !== 24) throw refused(`${iso}, outside the years 0000 to 9999`);
  return `t${iso.slice(0, 19)}.${fraction}Z`;
}

function refused(what: string, hint?: string): WaybillError {
  return new WaybillError(
    "unreadable",
    `The version is ${what}.`,
    hint ??
      'A version is a whole number (number or bigint), or an instant: a Date, or text such as "2026-01-01T08:00:00Z".',
  );
}
