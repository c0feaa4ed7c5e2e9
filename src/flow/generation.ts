import type { StoredEffect } from "../ledger/ledger.ts";
import { idempotencyKey } from "../model/identity.ts";

/** Whose effect it is, as its key names it. */
export interface Owner {
  readonly integration: string;
  readonly tenant: string;
  readonly id: string | undefined;
  readonly entity: string | undefined;
  readonly salt: string | undefined;
}

/** The key of one generation of an effect. */
export function keyOf(owner: Owner, name: string, per: StoredEffect["per"], generation: number): string {
  return idempotencyKey({
    integration: owner.integration,
    tenant: owner.tenant,
    of: per,
    subject: (per === "entity" ? owner.entity : owner.id) ?? "",
    effect: name,
    generation,
    salt: owner.salt,
  });
}

/**
 * The effect under a key that nobody has seen. The stored request still holds the old key: no release is said to have made it, so that the code
 * makes it anew.
 */
export function nextGeneration(owner: Owner, effect: StoredEffect): StoredEffect {
  const generation = effect.generation + 1;
  return {
    ...effect,
    generation,
    state: "not-applied",
    release: "",
    idempotencyKey: keyOf(owner, effect.name, effect.per, generation),
    result: undefined,
    answer: undefined,
    why: undefined,
    firstSentMs: 0,
    doneAtMs: undefined,
    // Known to the ledger, so it is not taken for one that was never asked for.
    attempts: Math.max(1, effect.attempts),
    uncompared: false,
  };
}
