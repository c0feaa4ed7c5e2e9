import { isUtf8 } from "node:buffer";
import { said } from "../model/errors.ts";
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
 */
export function readAnswer(status: number, headers: Readonly<Record<string, string>>, bytes: Uint8Array): ReadAnswer {
  if (bytes.byteLength === 0) {
    return {
      status,
      headers,
      text: "",
      body: status === 204 || status === 205 || status === 304 ? { kind: "none" } : { kind: "empty" },
    };
  }
  const type = headers["content-type"] ?? "";
  const text = decoded(bytes, type);
  if (text === undefined)
    return { status, headers, text, body: { kind: "unreadable", why: "it is no text in the charset that it claims" } };
  const saysJson = type === "application/json" || /[/+]json\b/i.test(type);
  if (!saysJson && !mayBeJson(text)) return { status, headers, text, body: { kind: "text", text } };
  try {
    return { status, headers, text, body: { kind: "json", value: parseAnswer(text) } };
  } catch (thrown) {
    if (!saysJson) return { status, headers, text, body: { kind: "text", text } };
    return {
      status,
      headers,
      text,
      body: { kind: "unreadable", why: said(thrown) },
    };
  }
}

function mayBeJson(text: string): boolean {
  return /^\s*(?:[[{"\-\d]|true|false|null)/.test(text);
}

function decoded(bytes: Uint8Array, type: string): string | undefined {
  const charset = type.length < 17 ? undefined : /;\s*charset="?([^\s";]+)/i.exec(type)?.[1]?.toLowerCase();
  if (charset !== undefined && charset !== "utf-8" && charset !== "utf8") {
    try {
      return new TextDecoder(charset, { fatal: true }).decode(bytes);
    } catch {
      return undefined;
    }
  }
  if (!isUtf8(bytes)) return undefined;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}
