import type { LimitPer } from "../define/limit.ts";
import type { SystemDefinition } from "../define/system.ts";
import type { Emit } from "../model/events.ts";
import type { Clock } from "../world/clock.ts";
import type { Keeps } from "./keeps.ts";
import { KeyGate } from "./key-gate.ts";
import { Keyed } from "./keyed.ts";
import { planOf, type Span } from "./planned.ts";
import type { EnterOptions, LimitView, Permit } from "./port.ts";
import type { Reserve } from "./reserve.ts";

interface WaysParts {
  readonly clock: Clock;
  readonly emit: Emit;
  readonly keeps: Keeps | undefined;
}

/** The ways through the limits that count by key, each passed before the one for all. */
export class KeyWays {
  readonly #ways: readonly Keyed[];

  constructor(system: SystemDefinition, parts: WaysParts) {
    const pers = new Set(system.limits.flatMap(({ per }) => (per === undefined ? [] : [per])));
    this.#ways = [...pers].map((per) => wayBy(per, system, parts));
  }

  /** No limit counts by key. */
  get none(): boolean {
    return this.#ways.length === 0;
  }

  /** How many keys have a budget of their own at present. */
  get size(): number {
    return this.#ways.reduce((sum, { size }) => sum + size, 0);
  }

  get limits(): readonly LimitView[] {
    return this.#ways.flatMap(({ limits }) => limits);
  }

  /** Passes each of them, and then the one for all, within the time that the caller has. */
  async pass(
    options: EnterOptions,
    clock: Clock,
    enter: (options: EnterOptions) => Permit | Promise<Permit>,
  ): Promise<Permit> {
    const beganMs = clock.monotonic();
    const left = (): EnterOptions => ({
      ...options,
      waitMsMax: Math.max(0, options.waitMsMax - (clock.monotonic() - beganMs)),
    });
    const passes: Permit[] = [];
    try {
      for (const way of this.#ways) passes.push(await way.enter(left()));
      options.signal.throwIfAborted();
      return passedBy(await enter(left()), passes);
    } catch (thrown) {
      for (const pass of passes) pass.unsent();
      throw thrown;
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#ways.map((way) => way.close()));
  }
}

function wayBy(
  per: LimitPer,
  { name: system, limits, timeoutMs: requestMs }: SystemDefinition,
  parts: WaysParts,
): Keyed {
  const { clock, emit, keeps } = parts;
  const ofPer = planOf(limits.filter((limit) => limit.per === per));
  const known = new Map<string, Reserve>();
  const together = (name: string, span: Span): Reserve => {
    const { reserves, tenant } = keeps as Keeps;
    const of = { system, tenant, name: `${name} for all keys`, key: "" };
    const reserve = known.get(name) ?? reserves.of(of, span, way);
    known.set(name, reserve);
    return reserve;
  };
  const common = { system, limits: ofPer, clock, emit, keeps: keeps && { ...keeps, together }, requestMs };
  const way = new Keyed(system, per, (key) => new KeyGate(common, key));
  return way;
}

/** One permit for the system, and those of its keys: they come back together. */
function passedBy(permit: Permit, passes: readonly Permit[]): Permit {
  const all = [permit, ...passes];
  return {
    probe: permit.probe,
    get free() {
      return permit.free;
    },
    check: () => {
      for (const one of all) one.check();
    },
    get recalled() {
      return all.find(({ recalled }) => recalled !== undefined)?.recalled;
    },
    release: (outcome) => {
      for (const one of all) one.release(outcome);
    },
    unsent: () => {
      for (const one of all) one.unsent();
    },
  };
}
