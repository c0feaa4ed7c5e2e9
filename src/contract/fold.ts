/**
 * Text as it is compared where case, accents and the width of spaces say nothing: `" Très  BIEN "` is `"tres bien"`.
 */
export function folded(text: string): string {
  const simple = text.trim().toLowerCase();
  // Nearly all text is plain, and taking it apart costs ten times as much.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII
  if (/^[\u0000-\u007f]*$/.test(simple)) return simple.replace(/\s+/g, " ");
  return simple
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[\u2018\u2019]/g, "'")
    .replace(/\s+/g, " ")
    .trim();
}
