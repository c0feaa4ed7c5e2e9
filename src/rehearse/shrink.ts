import { type FaultName, faultNames } from "./night/faults.ts";
import type { NightResult } from "./night/night-result.ts";
import type { Plan } from "./night/plan.ts";
import type { PromiseName } from "./night/promises.ts";

// From a night in which a promise was broken to the shortest one in which it still is: what can be left out has nothing to do with it.

const triesMax = 40;

/** The same night without one of its faults. */
function without(plan: Plan, fault: FaultName): Plan {
  const mix = new Map(plan.mix);
  mix.delete(fault);
  return {
    ...plan,
    mix,
    ...(fault === "outage" && { outages: [] }),
    ...(fault === "full-disk" && { full: [] }),
    ...(fault === "clock-jump" && { jumps: [] }),
    ...(fault === "deploy" && { deploys: [] }),
    ...(fault === "renamed-effect" && { renames: [] }),
    ...(fault === "second-worker" && { standstills: [] }),
    ...(fault === "broken-body" && { deliveries: plan.deliveries.filter(({ body }) => body === undefined) }),
  };
}

/** @param play plays a night, and tells what came of it. */
export async function shrunk(
  plan: Plan,
  promise: PromiseName,
  play: (plan: Plan) => Promise<Pick<NightResult, "broken">>,
): Promise<Plan> {
  let tries = 0;
  const breaks = async (one: Plan): Promise<boolean> => {
    tries += 1;
    return (await play(one)).broken.some((broken) => broken.promise === promise);
  };
  let least = plan;
  for (const fault of faultNames) {
    if (!least.mix.has(fault) || tries >= triesMax) continue;
    const fewer = without(least, fault);
    if (await breaks(fewer)) least = fewer;
  }
  for (let part = least.deliveries.length >> 1; part >= 1; part >>= 1) {
    for (let from = 0; from < least.deliveries.length && tries < triesMax; ) {
      const deliveries = [...least.deliveries.slice(0, from), ...least.deliveries.slice(from + part)];
      if (deliveries.length > 0 && (await breaks({ ...least, deliveries }))) least = { ...least, deliveries };
      else from += part;
    }
  }
  return least;
}
