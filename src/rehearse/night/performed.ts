import { hash } from "node:crypto";
import type { AnyChange, Attempt, HttpChange } from "../../define/request.ts";
import type { Clock } from "../../world/clock.ts";
import { sleep } from "../../world/clock.ts";
import type { AppliedEffect } from "./applied.ts";
import { chance } from "./chance.ts";
import { type EffectTag, subjectOf } from "./effect-tag.ts";
import { type FateOptions, fateOf } from "./fate.ts";

// Effects that code of the user's own makes. What that code would send nobody sees, so what may go wrong goes wrong around it: before it has done anything,
// or after it has, when its answer is lost.

export interface PerformedOptions {
  readonly seed: number;
  /** Of the night itself. */
  readonly clock: Clock;
  fate(system: string): FateOptions;
  onApplied(tags: readonly EffectTag[], how: AppliedEffect["how"]): void;
}

type Run = Attempt & { readonly request: unknown };

/** @param back tells the process that asked for it what came of it, once that runs. */
export type Perform = (change: AnyChange, tags: readonly EffectTag[], back: (task: () => void) => void) => AnyChange;

/** The same change, made in the simulation; one that goes over the network is left as it is. */
export function performed({ seed, clock, fate, onApplied }: PerformedOptions): Perform {
  const tries = new Map<string, number>();
  const keys = new Set<string>();

  return (change, tags, back) => {
    if (change.how !== "perform") return change;
    const subject = tags.map(subjectOf).join(" ");
    const { idempotency, system, simulate, run: real } = change;

    async function run(attempt: Run): Promise<unknown> {
      const nth = (tries.get(subject) ?? 0) + 1;
      tries.set(subject, nth);
      const { fault, wayMs, backMs } = fateOf(change as unknown as HttpChange, subject, nth, fate(system.name));
      await sleep(clock, wayMs);
      if (fault === "refused" || fault === "outage") throw lost("ECONNREFUSED", "connect");
      if (fault === "reset-before" || fault === "timeout-before") throw lost("ECONNRESET", "read");
      if (fault === "error-before") throw Object.assign(new Error("something went wrong"), { status: 500 });
      if (fault === "rejected") throw Object.assign(new Error("it is not wanted"), { status: 422 });
      if (fault === "limited") throw Object.assign(new Error("too many requests"), { status: 429 });
      // Of this night: what the code remembers of keys between nights cannot answer for another one.
      const idempotencyKey = hash("sha256", `${seed} ${attempt.idempotencyKey}`, "base64url");
      let draws = 0;
      const random = (): number => {
        draws += 1;
        return chance(seed, "simulate", subject, draws);
      };
      const made = await (simulate === undefined
        ? real({ ...attempt, idempotencyKey })
        : simulate({ idempotencyKey, random }));
      // Whoever honours keys does a thing once for each.
      if (idempotency.how !== "byKey" || !keys.has(idempotencyKey)) onApplied(tags, idempotency.how);
      keys.add(idempotencyKey);
      await sleep(clock, fault === "timeout-after" ? system.timeoutMs + backMs : backMs);
      if (fault === "reset-after" || fault === "late-arrival" || fault === "truncated" || fault === "wrong-body")
        throw lost("ECONNRESET", "read");
      if (fault === "error-after") throw Object.assign(new Error("something went wrong at the end"), { status: 500 });
      return made;
    }

    const told = (attempt: Run): Promise<unknown> =>
      run(attempt).finally(() => new Promise<void>((resolve) => back(resolve)));
    return { ...change, run: told };
  };
}

function lost(code: string, syscall: string): Error {
  return Object.assign(new Error(`${syscall} ${code}`), { code, syscall });
}
