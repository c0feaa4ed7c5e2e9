import { UnreadableJson } from "../model/json.ts";

/** More fields than any sender's form has. */
const fieldsMax = 1_000;

export type FormField = readonly [name: string, value: string];

/**
 * The fields of an HTML form (`application/x-www-form-urlencoded`, https://url.spec.whatwg.org/#urlencoded-parsing), in their order. Unlike
 * URLSearchParams it is strict: bytes that are no UTF-8 are refused, because a replaced letter is a changed record.
 *
 * @throws {UnreadableJson} `invalid-bytes` or `too-many-keys`.
 */
export function formFields(text: string): readonly FormField[] {
  const pieces = text.split("&", fieldsMax + 1).filter((piece) => piece !== "");
  if (pieces.length > fieldsMax)
    throw new UnreadableJson("too-many-keys", `The form has more than ${fieldsMax} fields.`);
  return pieces.map((piece) => {
    const at = piece.indexOf("=");
    return at < 0 ? [unescaped(piece), ""] : [unescaped(piece.slice(0, at)), unescaped(piece.slice(at + 1))];
  });
}

/** The fields as one value; a field that stands there twice is a list. */
export function formValue(fields: readonly FormField[]): Readonly<Record<string, unknown>> {
  const values = new Map<string, string | string[]>();
  for (const [name, value] of fields) {
    const known = values.get(name);
    values.set(name, known === undefined ? value : [...(Array.isArray(known) ? known : [known]), value]);
  }
  return Object.fromEntries(values);
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    throw new UnreadableJson("invalid-bytes", "The form has an escape that is no UTF-8.");
  }
}
