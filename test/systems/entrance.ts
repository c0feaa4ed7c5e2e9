import assert from "node:assert/strict";
import type { SystemDefinition } from "../../src/define/system.ts";
import type { WaybillEvent } from "../../src/model/events.ts";
import type { Outcome } from "../../src/model/outcome.ts";
import { Gate } from "../../src/systems/gate.ts";
import type { Keeps } from "../../src/systems/keeps.ts";
import { Deferred, type EnterOptions, type Permit } from "../../src/systems/port.ts";
import { type VirtualClock, virtualClock } from "../world/virtual-clock.ts";

export const done: Outcome = { name: "done", sent: "maybe", durationMs: 1, value: undefined };
export const down: Outcome = { name: "unavailable", sent: "no", durationMs: 1, why: "refused", afterMs: undefined };
export const limited = (afterMs: number | undefined): Outcome => ({
  name: "limited",
  sent: "maybe",
  durationMs: 1,
  why: "429",
  afterMs,
});

export const gateOptions = (more: Partial<SystemDefinition>): SystemDefinition => ({
  name: "books",
  baseUrl: new URL("http://127.0.0.1"),
  auth: undefined,
  headers: undefined,
  limits: [],
  timeoutMs: 10_000,
  answerBytesMax: 1_000,
  breaker: undefined,
  classify: undefined,
  vendor: undefined,
  pagination: undefined,
  probe: undefined,
  privateAllowed: true,
  ...more,
});

export interface Entrance {
  readonly clock: VirtualClock;
  readonly gate: Gate;
  readonly events: WaybillEvent[];
  enter(record: string, more?: Partial<EnterOptions>): Promise<Permit | Deferred>;
}

export function entrance(more: Partial<SystemDefinition>, keepsFor?: (clock: VirtualClock) => Keeps): Entrance {
  const clock = virtualClock();
  const events: WaybillEvent[] = [];
  const gate = new Gate(gateOptions(more), clock, (event) => events.push(event), keepsFor?.(clock));
  const never = new AbortController().signal;
  return {
    clock,
    gate,
    events,
    enter: (record, options = {}) =>
      gate.enter({ record, waitMsMax: 1_000, signal: never, ...options }).catch((thrown: unknown) => {
        if (thrown instanceof Deferred) return thrown;
        throw thrown;
      }),
  };
}

export const entered = (given: Permit | Deferred): Permit => {
  assert.ok(!(given instanceof Deferred), `sent away: ${given instanceof Error ? given.message : ""}`);
  return given;
};
export const sentAway = (given: Permit | Deferred): Deferred => {
  assert.ok(given instanceof Deferred, "it was let in");
  return given;
};
