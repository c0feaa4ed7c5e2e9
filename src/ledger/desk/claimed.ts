import type { Arrival, Claimed, IntakeRow, RecordId } from "../ledger.ts";

/** A record that was put into a worker's hands in the commit that took it. */
export function claimedAtIntake(
  { raw, trace }: Arrival,
  row: IntakeRow,
  record: RecordId,
  place: { readonly key: string; readonly keyHash: number },
  memory: Claimed["memory"],
): Claimed {
  const { identity } = row;
  return {
    record,
    integration: row.integration,
    tenant: row.tenant,
    id: identity?.id ?? "",
    entity: identity?.entity ?? "",
    key: place.key,
    keyHash: place.keyHash,
    entityHash: identity?.entityHash,
    version: identity?.version,
    receivedAtMs: row.receivedAtMs,
    content: row.content ?? (typeof raw === "string" ? raw : Buffer.from(raw).toString()),
    contentIsRaw: row.content === undefined,
    contract: row.contract,
    attempts: 0,
    spentMs: 0,
    recovered: 0,
    effects: [],
    memory,
    overtaken: false,
    salt: undefined,
    loading: row.loading !== undefined,
    uncompared: false,
    undoing: false,
    trace,
  };
}
