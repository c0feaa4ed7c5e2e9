import type { SystemDefinition } from "../define/system.ts";
import type { Emit } from "../model/events.ts";
import type { Clock } from "../world/clock.ts";
import { Deferred, type EnterOptions, type Permit, type Systems } from "./port.ts";

/** Shorter waits are the machine's, and not those of a limit. */
const worthTellingMs = 1;

export interface Waiter {
  /** A record, or a source. */
  readonly for: string;
  readonly system: SystemDefinition;
  readonly tenant: string | undefined;
  readonly emit: Emit;
  readonly clock: Clock;
}

/**
 * Asks a system to be let in, and tells of the wait.
 *
 * @throws {Deferred} as `Systems.enter`.
 * @example const permit = await enterTold(systems, { for: record, system, tenant: undefined, emit, clock }, options);
 */
export async function enterTold(systems: Systems, waiter: Waiter, options: EnterOptions): Promise<Permit> {
  const { clock, emit, system } = waiter;
  const fromMs = clock.monotonic();
  try {
    const permit = await systems.enter(system, options);
    const waitedMs = clock.monotonic() - fromMs;
    if (waitedMs >= worthTellingMs) emit({ event: "permit.waited", ...of(waiter), waitedMs });
    return permit;
  } catch (error) {
    if (error instanceof Deferred)
      emit({ event: "permit.deferred", ...of(waiter), untilMs: error.untilMs, why: error.message });
    throw error;
  }
}

function of({ for: who, system, tenant }: Waiter): { for: string; system: string; tenant?: string } {
  const account = system.per === undefined ? undefined : tenant;
  return { for: who, system: system.name, ...(account === undefined ? {} : { tenant: account }) };
}
