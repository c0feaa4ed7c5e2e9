import type { OauthAuth } from "../../define/oauth.ts";
import type { SystemDefinition } from "../../define/system-definition.ts";
import type { Ledger, TokenRow } from "../../ledger/ledger.ts";
import { said, WaybillError } from "../../model/errors.ts";
import type { Emit } from "../../model/events.ts";
import { secretBytes } from "../../world/random.ts";
import type { World } from "../../world/transport.ts";
import type { CallLog } from "../calls/log.ts";
import type { KnowingSecrets, Secrets } from "../secrets.ts";
import { Account, type Token } from "./account.ts";
import { connectCommand } from "./connect-command.ts";
import type { GrantParts } from "./grant.ts";
import { type KeyRing, keyName, keyRing, keysOf } from "./keys.ts";
import { memoryShelf, type Shelf } from "./shelf.ts";
import { NoToken, type Standing } from "./standing.ts";
import { type Vault, vaultOf } from "./vault.ts";

// Every account that says who it is by OAuth, and how each account stands. What a person is to be told is told once, until it is over.

export interface Accounts {
  /** A token to send, by the account's own secrets; it is waited for at most `tokenMsMax`. @throws {NoToken} */
  token(system: SystemDefinition, tenant: string, own: Secrets): Promise<Token>;
  /** It answered 401. Whether another token may help: then it is sent again; otherwise a person is told. */
  refused(system: SystemDefinition, tenant: string, token: Token | undefined, why: string): boolean;
  accepted(system: SystemDefinition, tenant: string, token: Token | undefined): void;
  /** How it stands, by the account's own secrets; undefined where it says who it is in no way. */
  standing(system: SystemDefinition, tenant: string, own: Secrets): Standing | undefined;
  /** Reads what stands in the ledger: at the start, and when somebody else has written. Calls `onConnected` for each that can go on. */
  look(systems: readonly SystemDefinition[]): Promise<void>;
}

export interface AccountsParts {
  readonly world: World;
  readonly secrets: KnowingSecrets;
  readonly emit: Emit;
  /** Without one, tokens are kept in memory. */
  readonly ledger: (Shelf & Pick<Ledger, "facts">) | undefined;
  readonly calls?: Pick<CallLog, "noteToken"> | undefined;
  readonly onConnected?: (system: string, tenant: string) => void;
}

/** The longest that a request waits for its token. */
export const tokenMsMax = 25_000;
/** Of all tenants of a system together. */
const knownMax = 2_000;

export function createAccounts(parts: AccountsParts): Accounts {
  const { world, secrets, emit, ledger } = parts;
  const { clock } = world;
  const worker = world.random.uuid();
  const keys = (): KeyRing => keysOf(secrets);
  const accounts = new Map<string, Account>();
  const rows = new Map<string, TokenRow>();
  /** What persons were told, by account. */
  const told = new Map<string, string>();
  const expiry = new Map<string, number | undefined>();
  const renews = new Map<string, boolean>();

  function accountOf(system: SystemDefinition, auth: OauthAuth, tenant: string, own: Secrets): Account {
    const name = nameOf(system, tenant);
    const known = accounts.get(name);
    if (known !== undefined) return known;
    const { shelf, vault } = placeOf(system, auth, tenant, own);
    const isOwner = (): boolean => ledger?.facts.owner === true;
    const account = new Account({
      system,
      auth,
      tenant,
      secrets: own,
      know: knowing(system.name),
      world,
      calls: parts.calls,
      emit,
      shelf,
      vault,
      worker,
      isOwner,
    });
    accounts.set(name, account);
    return account;
  }

  function placeOf(
    system: SystemDefinition,
    auth: OauthAuth,
    tenant: string,
    own: Secrets,
  ): { shelf: Shelf; vault: Vault } {
    const of = { system: system.name, tenant };
    if (ledger !== undefined && !inMemory(auth, secrets)) return { shelf: ledger, vault: vaultOf(of, auth, own, keys) };
    const ring = keyRing(secretBytes(32));
    return { shelf: memoryShelf(of), vault: vaultOf(of, auth, own, () => ring) };
  }

  /** Tokens are given anew every half hour, and must not fill the memory: the last few are known. */
  const known = new Map<string, string[]>();
  function knowing(system: string): GrantParts["know"] {
    const know = (name: string, value: string | undefined): void => {
      const before = known.get(name) ?? [];
      if (value === undefined || before.includes(value)) return;
      for (const old of before.slice(0, -knownMax)) secrets.unknow(name, old);
      known.set(name, [...before.slice(-knownMax), value]);
      secrets.know(name, value);
    };
    return ({ accessToken, refreshToken }) => {
      know(`access token of ${system}`, accessToken);
      know(`refresh token of ${system}`, refreshToken);
    };
  }

  function tell(system: SystemDefinition, tenant: string, why: string): void {
    const name = nameOf(system, tenant);
    if (told.get(name) === why) return;
    const isNew = !told.has(name);
    told.set(name, why);
    if (isNew) emit({ event: "system.unauthorized", system: system.name, tenant, why, next: nextOf(system, tenant) });
  }

  function tellOver(system: SystemDefinition, tenant: string): void {
    if (!told.delete(nameOf(system, tenant))) return;
    emit({ event: "system.authorized", system: system.name, tenant });
  }

  async function token(system: SystemDefinition, tenant: string, own: Secrets): Promise<Token> {
    const { auth } = system;
    if (auth?.kind !== "oauth") throw new Error(`"${system.name}" has no token`);
    try {
      const given = await within(accountOf(system, auth, tenant, own).token());
      expiry.set(nameOf(system, tenant), given.expiresAtMs);
      renews.set(nameOf(system, tenant), auth.grant === "client-credentials" || given.refreshes);
      return given;
    } catch (thrown) {
      const no = thrown instanceof NoToken ? thrown : new NoToken(kindOf(thrown), wordsOf(thrown));
      const safe = new NoToken(no.kind, secrets.redact(no.message), no.afterMs);
      if (safe.kind === "unauthorized") tell(system, tenant, safe.message);
      throw safe;
    }
  }

  function within(flight: Promise<Token>): Promise<Token> {
    return new Promise((resolve, reject) => {
      const late = (): void => reject(new NoToken("unavailable", "its token has been asked for, and is not there yet"));
      const cancel = clock.after(tokenMsMax, late);
      flight.then(resolve, reject).finally(cancel);
    });
  }

  return {
    token,
    refused(system, tenant, given, why) {
      if (given !== undefined && accounts.get(nameOf(system, tenant))?.refused(given) === true) return true;
      tell(system, tenant, why);
      return false;
    },
    accepted(system, tenant, given) {
      if (given !== undefined) accounts.get(nameOf(system, tenant))?.accepted(given);
      if (told.size > 0) tellOver(system, tenant);
    },
    standing(system, tenant, own) {
      if (system.auth === undefined) return undefined;
      const name = nameOf(system, tenant);
      const row = rows.get(name);
      const why = told.get(name) ?? (row?.state === "unauthorized" ? row.why : undefined) ?? missing(system, row, own);
      const expiresAtMs = expiry.get(name) ?? row?.expiresAtMs;
      return {
        auth: why === undefined ? "ok" : "unauthorized",
        expiresAt: expiresAtMs === undefined ? null : new Date(expiresAtMs).toISOString(),
        why: why ?? null,
        renews: renews.get(name),
        next: why === undefined ? null : nextOf(system, tenant),
      };
    },
    async look(systems) {
      if (ledger === undefined || !systems.some(({ auth }) => auth?.kind === "oauth")) return;
      for (const row of await ledger.tokens(undefined)) {
        const system = systems.find(({ name, auth }) => name === row.system && auth?.kind === "oauth");
        if (system === undefined) continue;
        const name = nameOf(system, row.tenant);
        const before = rows.get(name);
        rows.set(name, row);
        if (before !== undefined && before.generation === row.generation && before.state === row.state) continue;
        accounts.get(name)?.noticed(row);
        // What this process has found out to be missing, and what another one had.
        const stood = told.has(name) || before?.state === "unauthorized";
        if (row.state !== "ok" || (before === undefined && !stood)) continue;
        expiry.delete(name);
        if (stood) {
          tellOver(system, row.tenant);
          parts.onConnected?.(system.name, row.tenant);
        }
      }
    },
  };
}

const nameOf = ({ name }: SystemDefinition, tenant: string): string => `${name}\n${tenant}`;

/** A machine's own token can be asked for again at any time: where there is no key to seal it with, it is not stored. */
function inMemory(auth: OauthAuth, secrets: Secrets): boolean {
  return auth.grant === "client-credentials" && secrets.optional(keyName) === undefined;
}

function kindOf(thrown: unknown): NoToken["kind"] {
  return thrown instanceof WaybillError && thrown.code.startsWith("ledger-") ? "unavailable" : "unauthorized";
}

function wordsOf(thrown: unknown): string {
  const hint = thrown instanceof WaybillError && thrown.hint !== undefined ? ` ${thrown.hint}` : "";
  return `${said(thrown)}${hint}`;
}

/** The command that gives an account a new token. */
function nextOf({ name, auth }: SystemDefinition, tenant: string): string | null {
  const consents = auth?.kind === "oauth" && auth.grant === "refresh-token" && auth.authorizeUrl !== undefined;
  return consents ? connectCommand({ system: name, tenant }) : null;
}

/** What is known to be missing before anything is asked for. */
function missing({ name, auth }: SystemDefinition, row: TokenRow | undefined, secrets: Secrets): string | undefined {
  if (auth?.kind !== "oauth" || auth.grant !== "refresh-token" || auth.tokens !== undefined) return undefined;
  try {
    keysOf(secrets);
  } catch (thrown) {
    return wordsOf(thrown);
  }
  const isSeeded = auth.refreshToken !== undefined && secrets.optional(auth.refreshToken.name) !== undefined;
  return row?.sealed === undefined && !isSeeded ? `"${name}" is not connected: there is no token for it` : undefined;
}
