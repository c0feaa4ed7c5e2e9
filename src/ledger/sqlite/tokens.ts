import type { AccountOf, Sealed, TokenRow, TokenStep, TokenStepped } from "../ledger.ts";
import { type Cell, cell, type Prepare, value } from "./cells.ts";

/** The tokens of systems, and the refreshes that were begun. */
export interface Tokens {
  of(account: AccountOf | undefined): readonly TokenRow[];
  step(step: TokenStep): TokenStepped;
  /** The owner before this one is gone: what it has begun will not be answered. */
  recover(): void;
}

const columns = `system, tenant, generation, sealed, key, expires_at, state, why, changed_at, refresher, began_at, until, tries`;

export function keepTokens(prepare: Prepare): Tokens {
  const all = prepare(`select ${columns} from tokens order by system, tenant`);
  const one = prepare(`select ${columns} from tokens where system = ? and tenant = ?`);
  const begin = prepare(
    `insert into tokens (system, tenant, generation, state, changed_at, refresher, guest, began_at, until, tries)
     values (?1, ?2, 0, 'ok', ?5, ?3, ?4, ?5, ?6, 1)
     on conflict do update set refresher = ?3, guest = ?4, began_at = ?5, until = ?6, tries = tries + 1`,
  );
  const unsent = prepare("update tokens set until = ?3, tries = tries - 1 where system = ?1 and tenant = ?2");
  const over = prepare(
    `update tokens set refresher = null, guest = null, began_at = null, until = null, tries = 0 where system = ?1 and tenant = ?2`,
  );
  const lost = prepare("update tokens set until = ?3 where system = ?1 and tenant = ?2");
  const put = prepare(
    `insert into tokens (system, tenant, generation, sealed, key, expires_at, state, changed_at) values (?1, ?2, 1, ?3, ?4, ?5, 'ok', ?6)
     on conflict do update set generation = generation + 1, sealed = ?3, key = ?4, expires_at = ?5, state = 'ok', why = null, changed_at = ?6,
       refresher = null, guest = null, began_at = null, until = null, tries = 0`,
  );
  const refuse = prepare(
    `update tokens set state = 'unauthorized', why = ?3, changed_at = ?4,
       refresher = null, guest = null, began_at = null, until = null, tries = 0 where system = ?1 and tenant = ?2`,
  );
  const recover = prepare("update tokens set until = began_at where guest = 0");

  const rowOf = ({ system, tenant }: AccountOf): TokenRow | undefined => {
    const found = one.get(system, tenant);
    return found === undefined ? undefined : tokenRow(found);
  };

  function made(step: TokenStep, row: TokenRow | undefined): boolean {
    const { system, tenant } = step;
    if (step.step === "put") {
      const { sealed, expiresAtMs, atMs } = step;
      return put.run(system, tenant, ...sealedCells(sealed), cell(expiresAtMs), atMs) === 1;
    }
    if (step.generation !== (row?.generation ?? 0)) return false;
    if (step.step === "keep") {
      const { sealed, expiresAtMs, atMs } = step;
      return put.run(system, tenant, ...sealedCells(sealed), cell(expiresAtMs), atMs) === 1;
    }
    if (step.step === "begin") {
      const { owner, guest, atMs, untilMs } = step;
      const { refresh } = row ?? {};
      const another = refresh !== undefined && refresh.owner !== owner && refresh.untilMs > atMs;
      if (another || row?.state === "unauthorized") return false;
      return begin.run(system, tenant, owner, guest ? 1 : 0, atMs, untilMs) === 1;
    }
    if (row?.refresh?.owner !== step.owner) return false;
    if (step.step === "unsent") {
      return (row.refresh.tries === 1 ? over.run(system, tenant) : unsent.run(system, tenant, step.atMs)) === 1;
    }
    if (step.step === "lost") return lost.run(system, tenant, step.atMs) === 1;
    return refuse.run(system, tenant, step.why, step.atMs) === 1;
  }

  return {
    of: (account) =>
      account === undefined ? all.all().map(tokenRow) : [rowOf(account)].filter((row) => row !== undefined),
    step(step) {
      const done = made(step, rowOf(step));
      return { done, row: rowOf(step) };
    },
    recover: () => void recover.run(),
  };
}

function sealedCells(sealed: Sealed | undefined): [Uint8Array | null, string | null] {
  return sealed === undefined ? [null, null] : [sealed.bytes, sealed.key];
}

function tokenRow(cells: Cell[]): TokenRow {
  const [system, tenant, generation, bytes, key, expiresAt, state, why, changedAt, owner, beganAt, until, tries] =
    cells;
  return {
    system: system as string,
    tenant: tenant as string,
    generation: generation as number,
    sealed: bytes instanceof Uint8Array ? { bytes, key: key as string } : undefined,
    expiresAtMs: value<number>(expiresAt),
    state: state as TokenRow["state"],
    why: value<string>(why),
    changedAtMs: changedAt as number,
    refresh:
      typeof owner === "string"
        ? { owner, beganAtMs: beganAt as number, untilMs: until as number, tries: tries as number }
        : undefined,
  };
}
