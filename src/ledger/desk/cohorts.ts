import type { Cause, State } from "../../model/record.ts";
import { type CohortGroup, type CohortPage, type CohortStep, twoDigits } from "../ledger.ts";
import { recordId } from "./numbers.ts";
import { value } from "./stored.ts";

interface Counted extends Omit<CohortGroup, "took" | "count" | "newest" | "reason"> {
  count: number;
  newest: number;
  readonly took: Map<number, number>;
}

/** Records that came in one slot and stand alike now, counted as they are read: oldest first. */
export class Cohorts {
  readonly #groups = new Map<string, Counted>();
  readonly #step: CohortStep;
  #rows = 0;
  #last = 0;

  constructor(step: CohortStep) {
    this.#step = step;
  }

  /** From record, book, integration, tenant, state, cause, and when it was received and settled. */
  add(row: readonly unknown[], delivering: boolean): void {
    const [record, book, integration, tenant, rowState, cause] = row as [number, number, string, string, State, Cause];
    const [receivedAtMs, settledAtMs] = row.slice(6) as [number, number | null];
    const { fromMs, untilMs, slotMs } = this.#step;
    const state = rowState === "waiting" && delivering ? "delivering" : rowState;
    const slot = Math.floor((Math.min(receivedAtMs, untilMs - 1) - fromMs) / slotMs);
    const key = `${book} ${slot} ${state} ${cause}`;
    let group = this.#groups.get(key);
    if (group === undefined) {
      const of = { integration, tenant, slot, state, cause: value<Cause>(cause) };
      group = { ...of, count: 0, newest: record, took: new Map() };
      this.#groups.set(key, group);
    }
    group.count++;
    group.newest = record;
    this.#rows++;
    this.#last = record;
    if (state !== "delivered") return;
    const ms = twoDigits((settledAtMs ?? receivedAtMs) - receivedAtMs);
    group.took.set(ms, (group.took.get(ms) ?? 0) + 1);
  }

  /** The newest record of each group that says why it stands there. */
  explained(): number[] {
    return [...this.#groups.values()].filter(({ state }) => state !== "delivered").map(({ newest }) => newest);
  }

  page(reason: (record: number) => unknown): CohortPage {
    return {
      groups: [...this.#groups.values()].map(({ took, newest, ...group }) => ({
        ...group,
        took: [...took],
        newest: recordId(newest),
        reason: group.state === "delivered" ? undefined : value<string>(reason(newest)),
      })),
      next: this.#rows === this.#step.limit ? recordId(this.#last) : undefined,
    };
  }
}
