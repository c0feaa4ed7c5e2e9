import { isUtf8 } from "node:buffer";
import { UnreadableJson } from "./unreadable.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * Bytes as text, strictly: what is not valid in its charset is refused, never replaced by U+FFFD, because a replaced letter is a changed record.
 * A byte order mark decides before the declared charset does (as in https://encoding.spec.whatwg.org/#decode); without either it is UTF-8.
 *
 * @param charset as declared, for example in `Content-Type: application/json; charset=utf-16le`.
 * @throws {UnreadableJson} `invalid-bytes` or `unknown-charset`
 */
export function decodeText(bytes: Uint8Array, charset?: string): string {
  const label = markedCharset(bytes) ?? charset?.trim().toLowerCase() ?? "utf-8";
  if (label === "utf-8" || label === "utf8") {
    if (!isUtf8(bytes)) throw notValid(bytes, "UTF-8");
    return utf8.decode(bytes);
  }
  let decoder: InstanceType<typeof TextDecoder>;
  try {
    decoder = new TextDecoder(label, { fatal: true });
  } catch {
    throw new UnreadableJson("unknown-charset", `The charset ${JSON.stringify(charset)} is not known.`, "Send UTF-8.");
  }
  try {
    return decoder.decode(bytes);
  } catch {
    throw notValid(bytes, label);
  }
}

/** Whether text stands in these bytes letter for letter, so that the text alone can be kept. */
export function isPlainUtf8(bytes: Uint8Array, charset: string | undefined): boolean {
  const declared = charset?.trim().toLowerCase() ?? "utf-8";
  return markedCharset(bytes) === undefined && (declared === "utf-8" || declared === "utf8");
}

/** The charset that a byte order mark names. */
export function markedCharset(bytes: Uint8Array): "utf-8" | "utf-16le" | "utf-16be" | undefined {
  switch (bytes[0]) {
    case 0xef:
      return bytes[1] === 0xbb && bytes[2] === 0xbf ? "utf-8" : undefined;
    case 0xff:
      return bytes[1] === 0xfe ? "utf-16le" : undefined;
    case 0xfe:
      return bytes[1] === 0xff ? "utf-16be" : undefined;
    default:
      return undefined;
  }
}

function notValid(bytes: Uint8Array, label: string): UnreadableJson {
  const hint =
    label === "UTF-8" && bytes.length > 0
      ? "If it is meant to be another charset, declare it: Content-Type: application/json; charset=…"
      : undefined;
  return new UnreadableJson("invalid-bytes", `The bytes are not valid ${label}.`, hint);
}
