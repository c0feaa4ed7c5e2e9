import type { WaybillEvent } from "../../model/events.ts";
import type { OutcomeName } from "../../model/outcome.ts";
import type { Clock } from "../../world/clock.ts";
import type { Recent } from "../rules/observation.ts";

// What events have told lately, where nothing else remembers it: the last of each kind with its count. Bounded, and lost with the process: what goes on
// is told again.

const kindsMax = 500;
const keptMs = 48 * 3_600_000;

const failures: ReadonlySet<OutcomeName> = new Set([
  "failed-retryable",
  "unavailable",
  "in-doubt",
  "unauthorized",
] as const);

export interface RecentEvents {
  notice(event: WaybillEvent): void;
  seen(): Recent;
}

export function recentEvents(clock: Pick<Clock, "now">): RecentEvents {
  const absurd = new Lately<Recent["absurd"][number]>();
  const unsteady = new Lately<Recent["unsteady"][number]>();
  const failing = new Lately<Recent["failing"][number]>();
  return {
    notice(event) {
      if (event.event === "attempt") {
        if (!failures.has(event.outcome)) return;
        const { integration, tenant, system, why = event.outcome } = event;
        failing.add(`${integration}\n${tenant}\n${system}`, { integration, tenant, system, what: why }, clock.now());
      } else if (event.event === "system.absurd") {
        absurd.add(`${event.system}\n${event.what}`, { system: event.system, what: event.what }, clock.now());
      } else if (event.event === "system.contradicted") {
        const what = `declared is ${event.declared}, and its answers tell ${event.told}`;
        absurd.add(`${event.system}\n${event.declared}`, { system: event.system, what }, clock.now());
      } else if (event.event === "effect.unsteady") {
        const { integration, tenant, effect, fields, record } = event;
        const told = { integration, tenant, effect, fields, record, system: "", what: fields.join(", ") };
        unsteady.add(`${integration}\n${tenant}\n${effect}`, told, clock.now());
      }
    },
    seen() {
      const sinceMs = clock.now() - keptMs;
      return { absurd: absurd.since(sinceMs), unsteady: unsteady.since(sinceMs), failing: failing.since(sinceMs) };
    },
  };
}

/** The last of each kind, and how many there were; the kind that was longest not told goes first. */
class Lately<T extends { readonly atMs: number; readonly count: number }> {
  readonly #kinds = new Map<string, T>();

  add(kind: string, told: Omit<T, "atMs" | "count">, atMs: number): void {
    const count = (this.#kinds.get(kind)?.count ?? 0) + 1;
    this.#kinds.delete(kind);
    const [oldest] = this.#kinds.keys();
    if (this.#kinds.size >= kindsMax && oldest !== undefined) this.#kinds.delete(oldest);
    this.#kinds.set(kind, { ...told, atMs, count } as unknown as T);
  }

  since(ms: number): readonly T[] {
    for (const [kind, { atMs }] of this.#kinds) if (atMs < ms) this.#kinds.delete(kind);
    return [...this.#kinds.values()];
  }
}
