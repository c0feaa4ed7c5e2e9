// By what people look for a record, as it is kept and as it is asked for: what looks the same to them is the same.

const shownMax = 200;

/**
 * Text as it is looked for: one case, one form of each character, nothing that cannot be seen. At most 200 characters of it; `""` where nothing is left.
 *
 * @example searchText("  Ann\tSMITH ") // "ann smith"
 */
export function searchText(text: string): string {
  const plain = text
    .slice(0, shownMax * 4)
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[\p{C}\p{Z}\s]+/gu, " ")
    .trim();
  return [...plain].slice(0, shownMax).join("").trimEnd();
}

/** Between which two texts everything stands that begins with this, in an index; for no text nothing. */
export const searchRange = (text: string): readonly [from: string, below: string] =>
  text === "" ? ["", ""] : [text, `${text}\u{10ffff}`];
