import type { Duration } from "../model/duration.ts";
import type { Integration } from "./integration.ts";
import type { OptionalSecret, Secret } from "./secret.ts";

/** Where alerts go. */
export type Channel =
  | { readonly kind: "slack"; readonly url: Secret | OptionalSecret }
  | { readonly kind: "httpAlert"; readonly url: string | Secret; readonly secret: Secret | undefined };

export interface ServerOptions {
  /** 8080 by default; 0 takes a free one. */
  port?: number;
  /** `127.0.0.1` by default; another address needs a token. */
  host?: string;
  /** What everything except webhooks and `/healthz` then asks for as a bearer token. */
  token?: Secret | OptionalSecret;
}

export interface Keep {
  /** Payloads and bodies of final records; `"30d"` by default. */
  payloads?: Duration;
  /** Final records and their timeline; `"400d"` by default. */
  history?: Duration;
  /** Dedupe marks; for ever by default. */
  marks?: Duration;
}

export interface Config {
  /** A glob relative to the configuration file, or the integrations themselves; `"integrations/*.ts"` by default. */
  integrations?: string | readonly Integration[];
  /** `sqlite:PATH`, `sqlite::memory:`, or later a PostgreSQL address; `sqlite:.waybill/ledger.db` by default. */
  ledger?: string;
  server?: ServerOptions;
  alerts?: readonly Channel[];
  keep?: Keep;
  /** Names this version of your code; by default the hash of each definition and its local modules. */
  release?: string;
}
