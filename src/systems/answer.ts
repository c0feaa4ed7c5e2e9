import { isUtf8 } from "node:buffer";
import { said } from "../model/errors.ts";
import { unpacked } from "./encoding.ts";
import { parseAnswer } from "./exact-json.ts";

// What an answer's bytes say. Whether that is good news is decided in classify.ts.

export interface ReadAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined when the bytes are no text in the charset that they claim. */
  readonly text: string | undefined;
  readonly body:
    | { readonly kind: "json"; readonly value: unknown }
    /** Nothing came, and nothing was to come (204, 205, HEAD). */
    | { readonly kind: "none" }
    | { readonly kind: "empty" }
    /** Not JSON, and not said to be. */
    | { readonly kind: "text"; readonly text: string }
    | { readonly kind: "unreadable"; readonly why: string };
}

/**
 * Reads the body of an answer: as JSON where it is JSON, whatever the content type says.
 *
 * @param bytesMax how long it may be when it is unpacked
 * @param parse reads what is JSON
 */
export function readAnswer(
  status: number,
  headers: Readonly<Record<string, string>>,
  bytes: Uint8Array,
  bytesMax: number,
  parse: (text: string) => unknown = parseAnswer,
): ReadAnswer {
  if (bytes.byteLength === 0) {
    const none = status === 204 || status === 205 || status === 304;
    return { status, headers, text: "", body: { kind: none ? "none" : "empty" } };
  }
  const type = headers["content-type"] ?? "";
  let text: string | undefined;
  try {
    text = decoded(unpacked(bytes, headers["content-encoding"], bytesMax), type);
    const saysJson = type === "application/json" || /[/+]json\b/i.test(type);
    if (saysJson) return { status, headers, text, body: { kind: "json", value: parse(text) } };
    return { status, headers, text, body: undeclared(text, parse) };
  } catch (thrown) {
    return { status, headers, text, body: { kind: "unreadable", why: said(thrown) } };
  }
}

/** What does not say that it is JSON may be it all the same. */
function undeclared(text: string, parse: (text: string) => unknown): ReadAnswer["body"] {
  if (!mayBeJson(text)) return { kind: "text", text };
  try {
    return { kind: "json", value: parse(text) };
  } catch {
    return { kind: "text", text };
  }
}

function mayBeJson(text: string): boolean {
  return /^\s*(?:[[{"\-\d]|true|false|null)/.test(text);
}

function decoded(bytes: Uint8Array, type: string): string {
  const charset = type.length < 17 ? undefined : /;\s*charset="?([^\s";]+)/i.exec(type)?.[1]?.toLowerCase();
  if (charset !== undefined && charset !== "utf-8" && charset !== "utf8") {
    return new TextDecoder(charset, { fatal: true }).decode(bytes);
  }
  if (!isUtf8(bytes)) throw new Error("it is not UTF-8");
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}
