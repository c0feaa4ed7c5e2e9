import type { OauthAuth } from "../../define/oauth.ts";
import type { Tokens } from "../../define/token-store.ts";
import type { AccountOf, Sealed, TokenRow } from "../../ledger/ledger.ts";
import type { Secrets } from "../secrets.ts";
import { clientIdOf } from "./credentials.ts";
import type { KeyRing } from "./keys.ts";
import { open, seal } from "./seal.ts";

// Where the tokens of one account are kept: sealed in the ledger, or by the user's own `load` and `save`. What is sealed says for which client of which
// server it is: a definition that now names another one must not have it sent there.

export interface Vault {
  /** Before anything is asked for: what will be given must have a place. @throws {WaybillError} `secret-missing`, `bad-configuration`. */
  ready(): void;
  /** What is kept. @throws {WaybillError} `wrong-key`; what the user's `load` throws. */
  read(row: TokenRow | undefined): Promise<Kept | undefined>;
  /** What goes into the ledger for them; undefined where they are kept elsewhere, which is done when it resolves. */
  keep(kept: Kept): Promise<Sealed | undefined>;
}

export interface Kept {
  readonly tokens: Tokens;
  /** The refresh token of the environment that these came from: another one there is a new beginning. */
  readonly from: string | undefined;
}

export function vaultOf(account: AccountOf, auth: OauthAuth, secrets: Secrets, keys: () => KeyRing): Vault {
  const store = auth.grant === "refresh-token" ? auth.tokens : undefined;
  if (store !== undefined) {
    return {
      ready: () => undefined,
      async read() {
        const tokens = await store.load(account);
        return tokens === undefined || tokens === null ? undefined : { tokens, from: undefined };
      },
      async keep({ tokens }) {
        await store.save(tokens, account);
        return undefined;
      },
    };
  }
  const forWhom = (): string => `${clientIdOf(auth, secrets)} at ${auth.tokenUrl.href}`;
  return {
    ready: () => void keys(),
    async read(row) {
      if (row?.sealed === undefined) return undefined;
      const inside = JSON.parse(open(keys(), account, row.sealed)) as Inside;
      return inside.for === forWhom() ? { tokens: tokensOf(inside), from: inside.from } : undefined;
    },
    async keep({ tokens, from }) {
      const { accessToken: access, refreshToken: refresh, expiresAt } = tokens;
      const inside: Inside = { access, refresh, expiresAt, from, for: forWhom() };
      return seal(keys(), account, JSON.stringify(inside));
    },
  };
}

/** As it is sealed. */
interface Inside {
  readonly access?: string | undefined;
  readonly refresh?: string | undefined;
  readonly expiresAt?: number | undefined;
  readonly from?: string | undefined;
  readonly for: string;
}

function tokensOf({ access, refresh, expiresAt }: Inside): Tokens {
  return { accessToken: access, refreshToken: refresh, expiresAt };
}
