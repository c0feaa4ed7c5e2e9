import type { Classify } from "./classify.ts";
import type { Headers } from "./fields.ts";
import type { Learn } from "./learn.ts";
import type { Limit } from "./limit.ts";
import type { Pagination } from "./pagination.ts";
import type { Secret } from "./secret.ts";
import type { Sign } from "./signing.ts";
import type { TenantsDefinition } from "./tenants.ts";
import type { TlsOptions } from "./tls.ts";
import type { TokenStore } from "./token-store.ts";
import type { Vendor } from "./vendor.ts";

export type { Limit };

/** How Waybill says who it is. */
export type Auth =
  | { readonly kind: "bearer"; readonly token: Secret }
  | { readonly kind: "basic"; readonly user: string | Secret; readonly password: Secret }
  | { readonly kind: "apiKey"; readonly in: "header" | "query"; readonly name: string; readonly key: Secret }
  | { readonly kind: "signed"; readonly sign: Sign; readonly secrets: Readonly<Record<string, Secret>> }
  | ({ readonly kind: "oauth" } & OauthClient &
      (
        | { readonly grant: "client-credentials"; readonly clientSecret: Secret }
        | {
            readonly grant: "refresh-token";
            readonly clientSecret: Secret | undefined;
            readonly authorizeUrl: URL | undefined;
            readonly authorizeFields: Readonly<Record<string, string>>;
            readonly redirectUrl: URL | undefined;
            readonly refreshToken: Secret | undefined;
            readonly tokens: TokenStore | undefined;
          }
      ));

/** A client of an OAuth 2 server. */
interface OauthClient {
  readonly tokenUrl: URL;
  readonly clientId: string | Secret;
  readonly scope: string | undefined;
  readonly credentialsIn: "header" | "body";
  readonly tokenFields: Readonly<Record<string, string>>;
}

/** A declared system, checked. */
export interface SystemDefinition {
  readonly name: string;
  /** Each of these has an account of its own there; undefined when all share one. */
  readonly per?: TenantsDefinition | undefined;
  /** Undefined for one that only performs, and where it is each tenant's own. */
  readonly baseUrl: URL | undefined;
  readonly baseUrlOf?: ((tenant: unknown) => unknown) | undefined;
  readonly auth: Auth | undefined;
  /** Who this side is in TLS, and whom it believes. */
  readonly tls?: TlsOptions | undefined;
  readonly headers: Headers | undefined;
  readonly limits: readonly Limit[];
  readonly timeoutMs: number;
  readonly answerBytesMax: number;
  readonly breaker: { readonly share: number; readonly volume: number; readonly openMs: number } | undefined;
  readonly classify: Classify | undefined;
  readonly learn?: Learn | undefined;
  /** What is known of its API: its options stand in the others here already, as far as nothing else was said. */
  readonly vendor: Vendor | undefined;
  readonly pagination: Pagination | undefined;
  /** Makes a harmless request to it; asked with the system itself. */
  readonly probe: ((system: object) => unknown) | undefined;
  readonly privateAllowed: boolean;
}
