// PostgreSQL's text cannot hold the character NUL, and everything else can be in an id. So NUL travels as two characters that are put back when the text
// is read: one of the private use area, which stands for itself doubled likewise. Texts without either, which is all of them, are left alone.

const mark = "\uE0F0";

export function toText(text: string): string {
  if (!text.includes("\0") && !text.includes(mark)) return text;
  return text.replaceAll(mark, `${mark}1`).replaceAll("\0", `${mark}0`);
}

export function fromText(stored: string): string {
  if (!stored.includes(mark)) return stored;
  return stored.replace(/\uE0F0([01])/g, (_, which: string) => (which === "0" ? "\0" : mark));
}
