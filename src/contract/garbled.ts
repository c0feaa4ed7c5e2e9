// Text that was written in UTF-8 and read in Latin-1 or Windows-1252 shows each character beyond ASCII as two to four: "é" as "Ã©", "’" as "â€™". Those
// pairs are rare in good text, not impossible: "IRMÃ”" ends a Portuguese quotation. So this is looked for only where a declaration asks for it, and what
// could be a closing quotation mark, a dash or a space after a word in capitals counts only in the middle of a word.

/** The bytes 0x80 to 0xBF, as Latin-1 and Windows-1252 read them. */
const following = "\\u0080-\\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ";
/** Those of them that may follow a word. */
const afterWord = "\\u00a0\\u00ab\\u00bb…‘’“”–—›‹™";

const garbled = new RegExp(
  [
    // Latin letters with accents, and the signs of Latin-1.
    `[ÂÃ](?![${afterWord}])[${following}]`,
    `[ÂÃ][${afterWord}](?=[\\p{L}\\p{N}])`,
    `(?<!\\p{Lu})[ÂÃ][${afterWord}]`,
    // Quotation marks, dashes, the euro, the trade mark, the byte order mark, emoji.
    `â€[${following}]`,
    `â\\u0080[\\u0080-\\u00bf]`,
    `â‚¬|â„¢|ï»¿|ï¿½|ðŸ[${following}]`,
  ].join("|"),
  "u",
);
const suspicious = /[ÂÃâïð\ufffd]/;

/** What looks wrong, as a complaint; undefined for nearly all text. */
export function garbledIn(text: string): string | undefined {
  if (!suspicious.test(text)) return undefined;
  if (text.includes("\ufffd"))
    return "holds the sign for a lost character (\ufffd): it was read in a wrong encoding before";
  const found = garbled.exec(text)?.[0];
  if (found === undefined) return undefined;
  return `is garbled at ${JSON.stringify(found)}: it was written in UTF-8 and read in another encoding before`;
}
