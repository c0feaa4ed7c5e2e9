import { between, chance } from "./chance.ts";

// What goes wrong in a night. Each night has another mix of some of these (swarm testing: Groce et al., "Swarm Testing", ISSTA 2012): faults that hide each
// other meet apart as well as together.

/** What can become of one exchange with another system. */
export const exchangeFaults = [
  "slow",
  "refused",
  "reset-before",
  "reset-after",
  "timeout-before",
  "timeout-after",
  "truncated",
  "wrong-body",
  "error-before",
  "error-after",
  "rejected",
  "limited",
  "expired-token",
] as const;

/** What senders do. */
export const deliveryFaults = ["duplicated", "reordered", "late", "concurrent", "messy"] as const;

/** What senders do that send bodies, to a webhook. */
export const bodyFaults = ["broken-body"] as const;

/** What happens to the process, its machine and whole systems. */
export const nightFaults = [
  "crash",
  "late-arrival",
  "deploy",
  "renamed-effect",
  "second-worker",
  "full-disk",
  "clock-jump",
  "outage",
] as const;

/** What a destination may do by its own declaration. */
export const destinationFaults = ["lagging-lookup", "forgotten-key"] as const;

export type ExchangeFault = (typeof exchangeFaults)[number];
export type FaultName =
  | ExchangeFault
  | (typeof deliveryFaults)[number]
  | (typeof bodyFaults)[number]
  | (typeof nightFaults)[number]
  | (typeof destinationFaults)[number];

/** What may go wrong with every integration, whatever its sources are. */
const usualFaults: readonly FaultName[] = [...exchangeFaults, ...deliveryFaults, ...nightFaults, ...destinationFaults];

export const faultNames: readonly FaultName[] = [...usualFaults, ...bodyFaults];

/** How often each fault of this night happens, in shares of 1; those that are not in it do not. */
export type Mix = ReadonlyMap<FaultName, number>;

const least = 3;
const bodyFaultShare = 0.5;
const shares = [0.02, 0.05, 0.1, 0.2] as const;

/**
 * The mix of a night: at least three faults.
 *
 * @param bodies where the integration has senders that send bodies. Whether they break them is drawn beside the others, whose nights stay what they are.
 */
export function mixOf(seed: number, { bodies }: { readonly bodies: boolean }): Mix {
  const inOrder = [...usualFaults].sort((a, b) => chance(seed, "mix", a) - chance(seed, "mix", b));
  const count = between(least, Math.ceil(usualFaults.length / 2), seed, "how many");
  const those = bodies ? bodyFaults.filter((name) => chance(seed, "mix", name) < bodyFaultShare) : [];
  const share = (name: FaultName): number => shares[between(0, shares.length - 1, seed, "share", name)] ?? 0.05;
  return new Map([...inOrder.slice(0, count), ...those].map((name) => [name, share(name)]));
}
