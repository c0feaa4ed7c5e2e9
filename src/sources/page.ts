import { decode, encode } from "../model/codec.ts";
import { said, WaybillError } from "../model/errors.ts";
import { digest } from "../model/identity.ts";
import { decodeJson, encodeJson, recordDepthMax, recordKeysMax, UnreadableJson } from "../model/json.ts";
import { scanJson } from "../model/json-scan.ts";
import type { Item } from "./item.ts";
import { itemHandedIn } from "./push.ts";

/** What a poll's `fetch` returned, checked. */
export interface Page {
  readonly items: readonly Item[];
  /** As it is stored. */
  readonly cursor: string;
  readonly more: boolean;
}

/** A cursor is a place, not a payload. */
const cursorLengthMax = 100_000;

/**
 * Checks what `fetch` returned.
 *
 * @throws {WaybillError} `bad-definition` when it is not a page: nothing of it is taken then, and the cursor stays.
 */
export function pageOf(returned: unknown): Page {
  if (typeof returned !== "object" || returned === null) {
    throw notAPage(`fetch returned ${returned === null ? "null" : typeof returned}`);
  }
  const { records, cursor, more } = returned as Partial<Record<string, unknown>>;
  if (!Array.isArray(records)) throw notAPage("fetch returned no list of records");
  if (cursor === undefined) throw notAPage("fetch returned no cursor");
  if (more !== undefined && typeof more !== "boolean") {
    throw notAPage(`fetch returned more as ${typeof more}, and true or false is expected`);
  }
  return { items: records.map(itemOfRecord), cursor: cursorText(cursor), more: more === true };
}

function cursorText(cursor: unknown): string {
  let text: string;
  try {
    text = encodeJson(cursor);
  } catch (error) {
    throw notAPage(`the cursor cannot be stored: ${said(error)}`);
  }
  if (text.length > cursorLengthMax) throw notAPage(`the cursor has ${text.length} characters of JSON`);
  return text;
}

/** A record that cannot be stored is kept as far as it goes: the others of its page are not held up by it. */
function itemOfRecord(record: unknown, index: number): Item {
  try {
    const item = { ...itemHandedIn(record), index };
    const flaw = flawOf(String(item.raw));
    return flaw === undefined ? item : { ...item, value: undefined, flaw };
  } catch (error) {
    const message = `what fetch returned as a record cannot be kept: ${said(error)}`;
    const raw = encode(outline(record));
    const flaw = { cause: "contract-failed", path: "", message } as const;
    return { value: decode(raw), raw, rawHash: digest(raw), flaw, delivery: undefined, index };
  }
}

/** What the boundary refuses in what comes as text, it refuses here too: whoever made the page may have read it from just such a text. */
function flawOf(raw: string): Item["flaw"] {
  try {
    if (raw.includes('"__proto__"')) decodeJson(raw);
    else scanJson(raw, recordDepthMax, recordKeysMax);
    return undefined;
  } catch (error) {
    if (!(error instanceof UnreadableJson)) throw error;
    return { cause: "contract", path: error.path, message: error.message };
  }
}

/** The fields that can be kept, and the kind of those that cannot. */
function outline(record: unknown): unknown {
  if (typeof record !== "object" || record === null) return String(record);
  return Object.fromEntries(
    Object.entries(record).map(([key, value]) => {
      try {
        return [key, decode(encode(value))];
      } catch {
        return [key, Object.prototype.toString.call(value)];
      }
    }),
  );
}

function notAPage(why: string): WaybillError {
  return new WaybillError(
    "bad-definition",
    `${why}.`,
    "fetch returns { records: [...], cursor, more }: more only while there is more to ask for.",
  );
}
