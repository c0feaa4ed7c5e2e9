import { WaybillError } from "../model/errors.ts";

/**
 * The whole body as bytes, read no further than the limit: what its length header says proves nothing.
 *
 * @throws {WaybillError} `too-large`.
 */
export async function bodyBytes(request: Request, bytesMax: number): Promise<Uint8Array> {
  if (Number(request.headers.get("content-length") ?? 0) > bytesMax) throw tooLarge(bytesMax);
  if (request.body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const reader = request.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    bytes += value.byteLength;
    if (bytes > bytesMax) {
      await reader.cancel();
      throw tooLarge(bytesMax);
    }
    chunks.push(value);
  }
  return chunks.length === 1 ? (chunks[0] as Uint8Array) : Buffer.concat(chunks, bytes);
}

function tooLarge(bytesMax: number): WaybillError {
  return new WaybillError("too-large", `The body has more than ${bytesMax} bytes.`, "Send less at once.");
}
