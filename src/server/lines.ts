import { WaybillError } from "../model/errors.ts";

const newline = 0x0a;

/**
 * Bytes that come in chunks, line by line, without the line breaks. Undefined stands for a line of more than `bytesMax`, of which nothing is kept.
 *
 * @throws {WaybillError} `unreadable` when the bytes end before their sender is done: the last line may then be half of one.
 */
export async function* linesIn(
  chunks: AsyncIterable<Uint8Array> | null,
  bytesMax: number,
): AsyncGenerator<Uint8Array | undefined> {
  let begun: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of whole(chunks)) {
    let from = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, from)) {
      yield lineOf(begun, chunk.subarray(from, end), bytesMax, bytes);
      begun = [];
      bytes = 0;
      from = end + 1;
    }
    bytes += chunk.length - from;
    if (bytes > bytesMax) begun = [];
    else if (from < chunk.length) begun.push(chunk.subarray(from));
  }
  if (bytes > 0) yield bytes > bytesMax ? undefined : Buffer.concat(begun);
}

function lineOf(
  begun: readonly Uint8Array[],
  last: Uint8Array,
  bytesMax: number,
  bytes: number,
): Uint8Array | undefined {
  if (bytes + last.length > bytesMax) return undefined;
  return begun.length === 0 ? last : Buffer.concat([...begun, last]);
}

async function* whole(chunks: AsyncIterable<Uint8Array> | null): AsyncGenerator<Uint8Array> {
  if (chunks === null) return;
  try {
    yield* chunks;
  } catch (cause) {
    throw new WaybillError("unreadable", "The body did not arrive whole.", "Send again what has no result.", { cause });
  }
}
