import zlib from "node:zlib";

// No compression is asked for: answers to single writes are small. Some systems compress all the same, and then a small answer may claim to unpack
// into anything, so what comes out is held to the same limit as what comes in.

/** One is usual. Each layer may unpack into all that is allowed, so a long list of them would keep the process busy for minutes. */
const layersMax = 3;

const decoders = {
  gzip: zlib.gunzipSync,
  "x-gzip": zlib.gunzipSync,
  deflate: inflate,
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
  const layers = encoding
    .toLowerCase()
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "" && name !== "identity");
  if (layers.length > layersMax)
    throw new Error(`it is packed ${layers.length} times, and at most ${layersMax} are undone`);
  // Applied in the order in which they are named, so taken off from the end.
  return layers.reduceRight<Uint8Array>((packed, name) => {
    if (!Object.hasOwn(decoders, name))
      throw new Error(`its encoding ${JSON.stringify(name.slice(0, 40))} is not known`);
    try {
      return decoders[name as keyof typeof decoders](packed, { maxOutputLength: bytesMax });
    } catch (cause) {
      throw new Error(`it cannot be unpacked from ${name} into at most ${bytesMax} bytes`, { cause });
    }
  }, bytes);
}

/** `deflate` means the zlib format (RFC 9110, 8.4.1.2), and some send the bare stream all the same: its first byte never reads as zlib's. */
function inflate(packed: Uint8Array, options: zlib.ZlibOptions): Uint8Array {
  const isZlib = ((packed[0] ?? 0) & 0x0f) === 8;
  return isZlib ? zlib.inflateSync(packed, options) : zlib.inflateRawSync(packed, options);
}
