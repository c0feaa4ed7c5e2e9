import type { ScopeWorld } from "../../../src/rehearse/scope/scope.ts";
import type { Violation } from "../../../src/rehearse/scope/violation.ts";
import { seededRandom } from "../../../src/world/random.ts";
import { type VirtualClock, virtualClock } from "../../world/virtual-clock.ts";

export interface VirtualWorld extends ScopeWorld {
  readonly clock: VirtualClock;
  /** What was told, in order. */
  readonly violations: Violation[];
  /** The URLs that were asked for. */
  readonly asked: string[];
}

/** A day that no test runs on. */
export const startMs = Date.UTC(2031, 4, 6, 7, 8, 9, 10);

export function virtualWorld(seed = 7): VirtualWorld {
  const violations: Violation[] = [];
  const asked: string[] = [];
  return {
    clock: virtualClock(startMs),
    random: seededRandom(seed),
    violations,
    asked,
    async fetch(request) {
      asked.push(`${request.method} ${request.url}`);
      return Response.json({ body: await request.text() });
    },
    violated: (violation) => violations.push(violation),
  };
}
