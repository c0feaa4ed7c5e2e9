import zlib from "node:zlib";

// No compression is asked for: answers to single writes are small. Some systems compress all the same, and then a small answer may claim to unpack
// into anything, so what comes out is held to the same limit as what comes in.

const decoders = {
  gzip: zlib.gunzipSync,
  "x-gzip": zlib.gunzipSync,
  deflate: zlib.inflateSync,
  br: zlib.brotliDecompressSync,
  zstd: zlib.zstdDecompressSync,
} as const;

/**
 * The bytes without their `Content-Encoding`.
 *
 * @throws {Error} which says why when they cannot be unpacked into at most `bytesMax`.
 */
export function unpacked(bytes: Uint8Array, encoding: string | undefined, bytesMax: number): Uint8Array {
  if (encoding === undefined || bytes.byteLength === 0) return bytes;
  // Applied in the order in which they are named, so taken off from the end.
  return encoding
    .toLowerCase()
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "" && name !== "identity")
    .reduceRight<Uint8Array>((packed, name) => {
      if (!Object.hasOwn(decoders, name))
        throw new Error(`its encoding ${JSON.stringify(name.slice(0, 40))} is not known`);
      try {
        return decoders[name as keyof typeof decoders](packed, { maxOutputLength: bytesMax });
      } catch (cause) {
        throw new Error(`it cannot be unpacked from ${name} into at most ${bytesMax} bytes`, { cause });
      }
    }, bytes);
}
