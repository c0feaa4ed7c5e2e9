/**
 * Chance that depends on what it is for and on nothing that was drawn before: the same seed and words give the same number in [0, 1), in whatever order
 * they are asked. So a night from which something is taken away stays the same in all else.
 */
export function chance(seed: number, ...words: readonly (string | number)[]): number {
  let hash = (2_166_136_261 ^ seed) >>> 0;
  for (const word of words) {
    const text = typeof word === "string" ? word : String(word);
    for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 16_777_619) >>> 0;
    hash = Math.imul(hash ^ 0xff, 16_777_619) >>> 0;
  }
  hash = Math.imul(hash ^ (hash >>> 16), 2_246_822_507) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 13), 3_266_489_909) >>> 0;
  return ((hash ^ (hash >>> 16)) >>> 0) / 4_294_967_296;
}

/** A whole number from `from` up to `to`. */
export function between(from: number, to: number, seed: number, ...words: readonly (string | number)[]): number {
  return from + Math.floor(chance(seed, ...words) * (to - from + 1));
}
