// Numbers by their digits: JSON has no limit on them, and a double holds 17 at most.

const form = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** JSON.rawJSON (ES2026): a number as text, which JSON.stringify writes as it is. Frozen, with the text in `rawJSON`. */
export interface RawNumber {
  readonly rawJSON: string;
}

const json = JSON as unknown as { rawJSON(text: string): RawNumber; isRawJSON(value: unknown): value is RawNumber };

export function isRawNumber(value: unknown): value is RawNumber {
  return json.isRawJSON(value);
}

export function rawNumber(text: string): RawNumber {
  return json.rawJSON(text);
}

/** What a number in JSON text is, exactly: a number where a double holds its digits, else a bigint, else its text. */
function exactNumber(text: string, value: number): number | bigint | RawNumber {
  // A double holds 15 digits.
  if (text.length <= 15 && !/[eE]/.test(text)) return value;
  if (/^-?\d+$/.test(text)) return Number.isSafeInteger(value) ? value : BigInt(text);
  return Number.isFinite(value) && digitsOf(text) === digitsOf(String(value)) ? value : rawNumber(text);
}

/** For JSON.parse: every number in the text as what it is exactly. */
export function reviveNumber(this: unknown, _key: string, value: unknown, context?: { source?: string }): unknown {
  return typeof value === "number" && context?.source !== undefined ? exactNumber(context.source, value) : value;
}

/** A number's text by value: `1.0`, `1` and `10e-1` give the same. */
export function canonicalNumber(value: number | bigint | RawNumber): string {
  if (typeof value === "number") return value === 0 ? "0" : String(value);
  const text = typeof value === "bigint" ? String(value) : value.rawJSON;
  const double = Number(text);
  const digits = digitsOf(text);
  return Number.isFinite(double) && digits === digitsOf(String(double)) ? canonicalNumber(double) : digits;
}

/** Sign, digits without zeros around them, and the power of ten of the last: `-12.50` is `-125e-1`. */
function digitsOf(text: string): string {
  const match = form.exec(text);
  if (match === null) return text;
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = match;
  const all = `${whole}${fraction}`.replace(/^0+/, "");
  const digits = all.replace(/0+$/, "");
  if (digits === "") return "0";
  return `${sign}${digits}e${BigInt(exponent) - BigInt(fraction.length) + BigInt(all.length - digits.length)}`;
}
