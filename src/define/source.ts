import type { Duration } from "../model/duration.ts";
import type { Load } from "./load.ts";
import type { Verifier } from "./proof.ts";
import type { Read } from "./request.ts";
import type { Tenants, TenantsDefinition } from "./tenants.ts";

declare const brand: unique symbol;

/** Where records come from. One source may feed several integrations. */
export interface Source {
  readonly [brand]?: "source";
  readonly kind: "push" | "webhook" | "poll" | "file";
}

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** Calls a request that changes nothing. */
export type Call = <T>(request: Read<T>) => Promise<T>;

export interface WebhookDefinition extends Source {
  readonly kind: "webhook";
  readonly path: string;
  readonly verify: Verifier;
  /** Addresses and ranges that may send; undefined when any may. */
  readonly from: readonly string[] | undefined;
  /** Picks the record out of the body: a dotted path or a function. */
  readonly select: ((body: unknown) => unknown) | undefined;
  /** Splits the body into many records: each is taken or refused by itself. */
  readonly split: ((body: unknown) => readonly unknown[]) | undefined;
  /** What the sender gets instead of `{"record", "state"}`. */
  readonly respond: WebhookRespond | undefined;
  /** The delivery's own id, for records that break the contract and have none: a header's name or a function. */
  readonly delivery:
    | ((request: { headers: Readonly<Record<string, string>>; body: unknown }) => string | undefined)
    | undefined;
  readonly bodyBytesMax: number;
  /** What comes is a notice: the entity that it names is loaded first. */
  readonly load: Load | undefined;
  /** Whose an item is, where its content says so. Where the path says it, this is undefined and `:tenant` stands there. */
  readonly tenant: TenantOfItem | undefined;
}

/** Whose what came is: its id, from an item as `select` and `split` picked it, or from the whole delivery, which has been verified. */
export type TenantOfItem = (
  item: unknown,
  delivery: { readonly body: unknown; readonly headers: Readonly<Record<string, string>> },
) => string;

export interface WebhookAnswer {
  status?: number;
  headers?: Readonly<Record<string, string>>;
  body?: string;
}

export type WebhookRespond = (taken: {
  readonly records: readonly { readonly record: string; readonly state: string }[];
}) => WebhookAnswer;

export interface PollDefinition extends Source {
  readonly kind: "poll";
  readonly schedule: { readonly everyMs: number } | { readonly cron: string; readonly zone: string };
  readonly fetch: (tools: {
    cursor: Json | undefined;
    call: Call;
    signal: AbortSignal;
    tenant: unknown;
  }) => Promise<unknown>;
  /** Each of these is asked by itself, with a cursor of its own. */
  readonly per: TenantsDefinition | undefined;
  readonly timeoutMs: number;
  /** Names the cursor in the ledger; two polls of one integration need two names. */
  readonly name: string | undefined;
  /** How the source answers in a rehearsal. */
  readonly simulate: ((asked: SimulatedListing) => unknown) | undefined;
}

export interface PushDefinition extends Source {
  readonly kind: "push";
}

export interface FileDefinition extends Source {
  readonly kind: "file";
  readonly glob: string;
  readonly format: Format;
  readonly settleMs: number;
  /** Ends the name of the marker: `.done` of `prices.csv.done`, `*.done` of `prices.done`. */
  readonly ready: string | undefined;
  readonly after: "keep" | "delete" | { readonly archive: string };
  readonly brokenAtMost: { readonly rows: number } | { readonly share: number };
  readonly everyMs: number;
  readonly outside: boolean;
  readonly name: string | undefined;
}

interface TextFormat {
  readonly encoding: string;
  readonly rowBytesMax: number;
}

export interface CsvFormat extends TextFormat {
  readonly kind: "csv";
  readonly header: boolean | readonly string[];
  readonly delimiter: string;
  readonly quote: '"' | "'" | false;
  readonly escape: "double" | "backslash";
  readonly skipLines: number;
}

export interface FixedWidthFormat extends TextFormat {
  readonly kind: "fixedWidth";
  readonly columns: readonly { readonly name: string; readonly width: number }[];
  readonly skipLines: number;
}

export interface JsonFormat extends TextFormat {
  readonly kind: "json" | "jsonl";
}

export interface XlsxFormat {
  readonly kind: "xlsx";
  readonly sheet: string | number;
  readonly header: boolean | readonly string[];
}

export interface XmlFormat {
  readonly kind: "xml";
  readonly record: string;
}

/** How the content of a file is read. */
export type Format = CsvFormat | FixedWidthFormat | JsonFormat | XlsxFormat | XmlFormat;

export type SourceDefinition = WebhookDefinition | PollDefinition | PushDefinition | FileDefinition;

export interface PollPage<Cursor extends Json> {
  readonly records: readonly unknown[];
  readonly cursor: Cursor;
  /** There is more: fetch again at once. */
  readonly more?: boolean;
}

/** A record that the simulated source of a rehearsal has by now. */
export interface SimulatedRecord {
  /** A copy. What is made of it is recognized as long as it is spread (`{ ...value, updated_at }`) or keeps what names it. */
  readonly value: Readonly<Record<string, unknown>>;
  /** When it appeared there, by the source's own clock: milliseconds since 1970. Never before the one before it. */
  readonly atMs: number;
}

/** What a poll asked of the simulated source of a rehearsal. */
export interface SimulatedListing {
  /** What the source has by now, in the order in which it appeared. */
  readonly records: readonly SimulatedRecord[];
  /** `path` is below the system's base URL, or the whole one of an address that the code fetched by itself. */
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly query: Readonly<Record<string, string>>;
    readonly body: unknown;
  };
  /** So many records are a page this night: few, so that there are several pages. */
  readonly pageSize: number;
  /** The source's own clock, which is not that of this machine: milliseconds since 1970. */
  readonly nowMs: number;
  /** Whose are asked for, where there are tenants. */
  readonly tenant: unknown;
  /** Seeded. */
  random(): number;
}

export interface PollOptions<Cursor extends Json, T = undefined> {
  /** Each of these tenants is asked by itself, with a cursor of its own. */
  per?: Tenants<T>;
  /** How often; or `cron`. */
  every?: Duration;
  /** A cron expression, seconds optional. */
  cron?: string;
  /** The zone of `cron`, `"UTC"` by default. */
  zone?: string;
  /** The longest one fetch may take, `"5m"` by default. */
  timeout?: Duration;
  name?: string;
  /**
   * What a rehearsal answers to what `fetch` asks for: the body as the other system would give it; undefined for what is no listing. Not needed where
   * `expect` says it: one list of records, and tokens that lead on.
   *
   * @example
   * simulate: ({ records, request, pageSize }) => {
   *   const from = Number(request.query.offset ?? 0);
   *   return { items: records.slice(from, from + pageSize).map(({ value }) => value), total: records.length };
   * }
   */
  simulate?: (asked: SimulatedListing) => unknown;
  fetch: (tools: {
    cursor: Cursor | undefined;
    call: Call;
    signal: AbortSignal;
    /** Whose records are asked for, as the list has them; undefined where there are no tenants. */
    tenant: T;
  }) => Promise<PollPage<Cursor>>;
}
