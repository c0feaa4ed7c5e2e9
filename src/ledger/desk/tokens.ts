import type { Sealed, TokenRow, TokenStep } from "../ledger.ts";
import { isTrue, value } from "./stored.ts";

// What a step of a refresh makes of an account's row. A store reads the row, decides here, and writes the row whole.

/** A row as it is stored: it also knows whether its refresher owns the ledger. */
export interface StoredToken extends TokenRow {
  readonly guest: boolean | undefined;
}

/** The row after a step, or nothing where the step may not be made. */
export function steppedToken(step: TokenStep, row: StoredToken | undefined): StoredToken | undefined {
  if (step.step === "put") return given(step, row);
  if (step.generation !== (row?.generation ?? 0)) return undefined;
  if (step.step === "keep") return given(step, row);
  if (step.step === "begin") return begun(step, row);
  if (row === undefined || row.refresh?.owner !== step.owner) return undefined;
  const { refresh, guest } = row;
  if (step.step === "refused") {
    const { why, atMs: changedAtMs } = step;
    return { ...row, state: "unauthorized", why, changedAtMs, refresh: undefined, guest: undefined };
  }
  if (step.step === "lost") return { ...row, refresh: { ...refresh, untilMs: step.atMs }, guest };
  return refresh.tries === 1
    ? { ...row, refresh: undefined, guest: undefined }
    : { ...row, refresh: { ...refresh, untilMs: step.atMs, tries: refresh.tries - 1 }, guest };
}

type Named<Name extends TokenStep["step"]> = Extract<TokenStep, { readonly step: Name }>;

function given(step: Named<"put" | "keep">, row: StoredToken | undefined): StoredToken {
  const { system, tenant, sealed, expiresAtMs, atMs: changedAtMs } = step;
  const generation = (row?.generation ?? 0) + 1;
  const none = { why: undefined, refresh: undefined, guest: undefined };
  return { system, tenant, generation, sealed, expiresAtMs, state: "ok", changedAtMs, ...none };
}

function begun(step: Named<"begin">, row: StoredToken | undefined): StoredToken | undefined {
  const { system, tenant, owner, guest, atMs, untilMs } = step;
  const before = row?.refresh;
  const another = before !== undefined && before.owner !== owner && before.untilMs > atMs;
  if (another || row?.state === "unauthorized") return undefined;
  const refresh = { owner, beganAtMs: atMs, untilMs, tries: (before?.tries ?? 0) + 1 };
  if (row !== undefined) return { ...row, refresh, guest };
  const none = { sealed: undefined, expiresAtMs: undefined, why: undefined };
  return { system, tenant, generation: 0, ...none, state: "ok", changedAtMs: atMs, refresh, guest };
}

export const tokenColumns =
  "system, tenant, generation, sealed, key, expires_at, state, why, changed_at, refresher, began_at, until, tries, guest";

/** Those columns, but for `guest`, for which each store has a type of its own. */
export function tokenCells(row: StoredToken): (string | number | Uint8Array | null)[] {
  const { sealed, refresh } = row;
  return [
    row.system,
    row.tenant,
    row.generation,
    sealed?.bytes ?? null,
    sealed?.key ?? null,
    row.expiresAtMs ?? null,
    row.state,
    row.why ?? null,
    row.changedAtMs,
    refresh?.owner ?? null,
    refresh?.beganAtMs ?? null,
    refresh?.untilMs ?? null,
    refresh?.tries ?? 0,
  ];
}

export function storedToken(cells: readonly unknown[]): StoredToken {
  const [
    system,
    tenant,
    generation,
    bytes,
    key,
    expiresAt,
    state,
    why,
    changedAt,
    owner,
    beganAt,
    until,
    tries,
    guest,
  ] = cells;
  return {
    system: system as string,
    tenant: tenant as string,
    generation: generation as number,
    sealed: sealedOf(bytes, key),
    expiresAtMs: value<number>(expiresAt),
    state: state as TokenRow["state"],
    why: value<string>(why),
    changedAtMs: changedAt as number,
    refresh:
      typeof owner === "string"
        ? { owner, beganAtMs: beganAt as number, untilMs: until as number, tries: tries as number }
        : undefined,
    guest: value(guest) === undefined ? undefined : isTrue(guest),
  };
}

function sealedOf(bytes: unknown, key: unknown): Sealed | undefined {
  return bytes instanceof Uint8Array ? { bytes: new Uint8Array(bytes), key: key as string } : undefined;
}

/** As the port shows it. */
export function tokenRow({ guest: _, ...row }: StoredToken): TokenRow {
  return row;
}
