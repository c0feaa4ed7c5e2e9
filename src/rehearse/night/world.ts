import type { RecordRow } from "../../ledger/ledger.ts";
import { said } from "../../model/errors.ts";
import type { Applied } from "./applied.ts";
import type { Destinations } from "./destinations.ts";
import type { Acknowledged } from "./promises.ts";

/** A record of a rehearsed night, as it stands in the morning. */
export interface RehearsedRecord {
  readonly record: string;
  /** Whose it is, where there are tenants; `""` where not. */
  readonly tenant: string;
  /** Undefined for one that nobody could name, such as one that breaks the contract. */
  readonly id: string | undefined;
  readonly entity: string | undefined;
  readonly key: string | undefined;
  /** `delivered`, `filtered`, `quarantined`, `held`, `dead` and the others. */
  readonly state: string;
  readonly cause: string | undefined;
  readonly reason: string | undefined;
  /** What was handed in, as it came. */
  readonly value: unknown;
}

/** An effect that was really made in a rehearsed night. */
export interface RehearsedEffect {
  readonly effect: string;
  readonly tenant: string;
  readonly record: string;
  readonly entity: string;
  /** How often a system really did it. */
  readonly times: number;
}

/** What a rehearsed night came to, once everything has settled: for checks of your own. */
export interface RehearsedWorld {
  /** Every record that was acknowledged, in the order in which that was. */
  readonly records: readonly RehearsedRecord[];
  readonly effects: readonly RehearsedEffect[];
  /**
   * What a simulated system holds: the thing at a path, or all right below it, each with its `id`.
   *
   * @param tenant whose account, for a system that is `per` tenants.
   */
  stored(system: string, path: string, tenant?: string): readonly Readonly<Record<string, unknown>>[];
}

/** What the user's own check says to it. */
export async function objectionsTo(
  world: RehearsedWorld,
  check: (world: RehearsedWorld) => unknown,
): Promise<readonly string[]> {
  try {
    await check(world);
    return [];
  } catch (thrown) {
    return [said(thrown)];
  }
}

export function worldOf({
  records,
  acknowledged,
  applied,
  destinations,
}: {
  readonly records: readonly RecordRow[];
  readonly acknowledged: readonly Acknowledged[];
  readonly applied: Applied;
  readonly destinations: Destinations;
}): RehearsedWorld {
  const rows = new Map(records.map((one) => [one.record as string, one]));
  const seen = new Set<string>();
  return {
    records: acknowledged.flatMap(({ record, value }) => {
      const row = rows.get(record);
      if (row === undefined || seen.has(record)) return [];
      seen.add(record);
      const { tenant, id, entity, key, state, cause, reason } = row;
      return [{ record, tenant, id, entity, key, state, cause, reason, value }];
    }),
    effects: [...applied.all()].map(({ tag: { effect, tenant, record, entity }, times }) => ({
      effect,
      tenant,
      record,
      entity,
      times,
    })),
    stored: (system, path, tenant = "") => destinations.of(system, tenant).holds(path),
  };
}
