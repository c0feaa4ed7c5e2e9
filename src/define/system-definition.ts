import type { Classify } from "./classify.ts";
import type { Headers } from "./fields.ts";
import type { Secret } from "./secret.ts";

/** How Waybill says who it is. */
export type Auth =
  | { readonly kind: "bearer"; readonly token: Secret }
  | { readonly kind: "basic"; readonly user: string | Secret; readonly password: Secret }
  | { readonly kind: "apiKey"; readonly in: "header" | "query"; readonly name: string; readonly key: Secret };

/** How much a system can bear. */
export type Limit =
  | { readonly kind: "rate"; readonly count: number; readonly perMs: number }
  | { readonly kind: "concurrent"; readonly count: number };

/** A declared system, checked. */
export interface SystemDefinition {
  readonly name: string;
  readonly baseUrl: URL | undefined;
  readonly auth: Auth | undefined;
  readonly headers: Headers | undefined;
  readonly limits: readonly Limit[];
  readonly timeoutMs: number;
  readonly answerBytesMax: number;
  readonly breaker: { readonly share: number; readonly volume: number; readonly openMs: number } | undefined;
  readonly classify: Classify | undefined;
  readonly privateAllowed: boolean;
}
