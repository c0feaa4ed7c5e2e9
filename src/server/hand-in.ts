import type { Definition } from "../define/definition.ts";
import { tenantGiven } from "../flow/whose.ts";
import { decodeText } from "../model/charset.ts";
import { said, WaybillError } from "../model/errors.ts";
import { UnreadableJson } from "../model/unreadable.ts";
import { pushFeed } from "../sources/feeds.ts";
import type { Item } from "../sources/item.ts";
import { itemOfJson } from "../sources/push.ts";
import type { PlainAnswer } from "../world/http-server.ts";
import { contentTypeOf, wholeBody } from "./body.ts";
import { linesIn } from "./lines.ts";
import type { AppParts } from "./parts.ts";
import { isExpected, jsonAnswer, problem, problemOf } from "./problem.ts";
import type { Refusals } from "./refusals.ts";

// Records handed in over HTTP: JSON is one record, NDJSON many. Many are taken in parcels while the rest is still coming, so that a long list needs no
// more memory than a short one; what came before something goes wrong is durable, and the answer says so line by line.

export type HandedIn =
  | { readonly record: string; readonly state: string }
  | { readonly error: { readonly code: string; readonly message: string } };

/** As in `decodeJson`. */
const recordBytesMax = 10_000_000;
/** One request brings at most so many, because its answer holds a line for each. */
const recordsMax = 100_000;
const parcelRecordsMax = 1_000;
const parcelBytesMax = 1_000_000;

const ndjson = /^application\/(x-)?(ndjson|jsonl|jsonlines|json-lines)$/;
const json = /^application\/([\w.-]+\+)?json$/;

/** Takes what a POST brings for one integration. */
export async function handIn(
  request: Request,
  definition: Definition,
  parts: AppParts,
  refusals: Refusals,
  of: string | undefined,
): Promise<PlainAnswer> {
  const tenant = await tenantGiven(parts.tenants, definition, of);
  const { type, charset } = contentTypeOf(request.headers.get("content-type"));
  if (ndjson.test(type) && (charset === undefined || /^utf-?8$/i.test(charset))) {
    return new Lines(request, definition, parts, refusals, tenant).take();
  }
  if (!json.test(type)) {
    const what =
      type === ""
        ? "Without a Content-Type nobody knows what this is."
        : `Content-Type ${type.slice(0, 100)} is not taken here.`;
    const hint = "Send one record as application/json, or one a line as application/x-ndjson in UTF-8.";
    return problem(415, "unsupported-type", what, hint);
  }
  let bytes: Uint8Array | string = "";
  try {
    bytes = await wholeBody(request, recordBytesMax);
    const item = itemOfJson(decodeText(bytes, charset));
    return jsonAnswer(202, { results: await taken(parts, definition, [item], tenant, request) });
  } catch (error) {
    const code = error instanceof WaybillError ? error.code : "failed";
    if (code === "unreadable" || code === "too-large") count(refusals, definition, tenant, code, said(error), bytes);
    if (error instanceof UnreadableJson && error.flaw === "unknown-charset") {
      return problem(415, "unsupported-type", error.message, error.hint);
    }
    throw error;
  }
}

/** Many records, one a line. */
class Lines {
  readonly #results: (HandedIn | undefined)[] = [];
  #parcel: { readonly item: Item; readonly at: number }[] = [];
  #parcelBytes = 0;
  readonly #request: Request;
  readonly #definition: Definition;
  readonly #parts: AppParts;
  readonly #refusals: Refusals;
  readonly #tenant: string;

  constructor(request: Request, definition: Definition, parts: AppParts, refusals: Refusals, tenant: string) {
    this.#tenant = tenant;
    this.#request = request;
    this.#definition = definition;
    this.#parts = parts;
    this.#refusals = refusals;
  }

  async take(): Promise<PlainAnswer> {
    try {
      let number = 0;
      for await (const line of linesIn(this.#request.body, recordBytesMax)) {
        number++;
        if (line !== undefined && isBlank(line)) continue;
        if (this.#results.length >= recordsMax) throw tooMany(number);
        this.#read(line, number);
        if (this.#parcel.length >= parcelRecordsMax || this.#parcelBytes >= parcelBytesMax) await this.#flush();
      }
      await this.#flush();
    } catch (error) {
      return this.#stopped(error);
    }
    const results = this.#results as readonly HandedIn[];
    // A sender that looks at nothing but the status must not believe that anything was taken.
    const status = results.length > 0 && results.every((one) => "error" in one) ? 400 : 202;
    return jsonAnswer(status, { results });
  }

  #read(line: Uint8Array | undefined, number: number): void {
    try {
      if (line === undefined) throw new UnreadableJson("too-large", `It has more than ${recordBytesMax} bytes.`);
      this.#parcel.push({ item: itemOfJson(decodeText(line)), at: this.#results.length });
      this.#parcelBytes += line.length;
      this.#results.push(undefined);
    } catch (error) {
      if (!(error instanceof UnreadableJson)) throw error;
      count(this.#refusals, this.#definition, this.#tenant, error.code, error.message, line ?? "");
      this.#results.push({ error: { code: error.code, message: `Line ${number}: ${error.message}` } });
    }
  }

  async #flush(): Promise<void> {
    const parcel = this.#parcel;
    if (parcel.length === 0) return;
    this.#parcel = [];
    this.#parcelBytes = 0;
    const items = parcel.map(({ item }) => item);
    for (const [index, result] of (
      await taken(this.#parts, this.#definition, items, this.#tenant, this.#request)
    ).entries()) {
      const at = parcel[index]?.at;
      if (at !== undefined) this.#results[at] = result;
    }
  }

  /** What was taken by then is durable: the results say which. What has no result was not taken. */
  #stopped(error: unknown): PlainAnswer {
    const unknown = this.#results.indexOf(undefined);
    const results = unknown < 0 ? this.#results : this.#results.slice(0, unknown);
    if (!isExpected(error)) this.#parts.emit(failure(this.#request, error));
    return problemOf(error, this.#parts.secrets.redact, { results });
  }
}

async function taken(
  parts: AppParts,
  definition: Definition,
  items: readonly Item[],
  tenant: string,
  request: Request,
): Promise<readonly HandedIn[]> {
  const traceparent = request.headers.get("traceparent") ?? "";
  const result = await parts.intake.take(pushFeed(definition), items, { tenant, traceparent });
  if (result.kind !== "taken") throw new WaybillError("ledger-failed", "What came was not taken.");
  return result.items.map(([row]) => ({ record: row?.record ?? "", state: row?.state ?? "" }));
}

function count(
  refusals: Refusals,
  { name }: Definition,
  tenant: string,
  reason: string,
  detail: string,
  sample: Uint8Array | string,
): void {
  refusals.add({ source: `push:${name}`, integrations: [name], tenant, reason, detail, sample });
}

function failure(request: Request, error: unknown) {
  return {
    event: "server.failed",
    method: request.method,
    path: new URL(request.url).pathname,
    why: said(error),
  } as const;
}

function tooMany(number: number): WaybillError {
  const message = `There are more than ${recordsMax} records in one request.`;
  return new WaybillError("too-large", message, `Send the rest, from line ${number} on, in another one.`);
}

function isBlank(line: Uint8Array): boolean {
  return line.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);
}
