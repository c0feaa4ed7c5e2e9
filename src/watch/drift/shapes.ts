import type { Definition } from "../../define/definition.ts";
import type { Learnt } from "../../ledger/ledger.ts";
import type { Clock } from "../../world/clock.ts";
import { contractName } from "./contract-name.ts";
import { type Drift, type DriftState, DriftWatch } from "./drift-watch.ts";

// The shapes of what the sources bring, one for each source of an integration. Records are looked at once they are durable, and never at the cost of
// their delivery: looking may take a hundredth of the time, some hundreds of small records a second. Of more it looks at as many, the rest passes by.

/** One payload that was taken, under the record that it became. */
export interface Taken {
  readonly integration: string;
  readonly source: string;
  readonly record: string;
  readonly payload: unknown;
}

/** What has changed in what one source brings. */
export interface DriftSeen {
  readonly integration: string;
  readonly source: string;
  readonly drifts: readonly Drift[];
}

export interface Shapes {
  /** Looks at a payload, if there is time. */
  take(taken: Taken): void;
  /** Sources of which something has changed. */
  seen(): readonly DriftSeen[];
  /** What has changed since it was last kept. */
  toKeep(): readonly Learnt[];
}

/** Of the time that passes; and so much at once, so that the first thousands of a burst are all looked at. */
const shareOfTime = 0.01;
const inARowMs = 200;
/** 144 places of some 2 kB each at most: so many sources of one integration are watched. */
const sourcesMax = 2;
const version = 1;

interface Watched {
  readonly integration: string;
  readonly source: string;
  readonly watch: DriftWatch;
}

/** @param learnt what was kept by whoever watched before. */
export function createShapes(
  definitions: readonly Definition[],
  learnt: readonly Learnt[],
  clock: Pick<Clock, "now" | "monotonic">,
): Shapes {
  const ignored = new Map(
    definitions.map(({ name, drift }) => [name, drift === false ? undefined : (drift?.ignore ?? [])]),
  );
  const contracts = new Map(definitions.map(({ name, contract }) => [name, contractName(contract)]));
  const watches = new Map<string, Map<string, Watched>>();
  let leftMs = inARowMs;
  let filledMs = clock.monotonic();

  function watchOf(integration: string, source: string): Watched | undefined {
    const of = watches.get(integration) ?? new Map<string, Watched>();
    const known = of.get(source);
    if (known !== undefined || of.size >= sourcesMax || ignored.get(integration) === undefined) return known;
    const kept = keptState(learnt, integration, source);
    const contract = contracts.get(integration);
    const isMeant = kept?.contract !== undefined && contract !== undefined && kept.contract !== contract;
    const opened = { integration, source, watch: new DriftWatch(kept, isMeant) };
    watches.set(integration, of.set(source, opened));
    return opened;
  }

  const all = (): Watched[] => [...watches.values()].flatMap((of) => [...of.values()]);
  for (const { kind, integration, source } of learnt) if (kind === "shape") watchOf(integration, source);

  return {
    take({ integration, source, record, payload }) {
      const beganMs = clock.monotonic();
      leftMs = Math.min(inARowMs, leftMs + (beganMs - filledMs) * shareOfTime);
      filledMs = beganMs;
      if (leftMs <= 0) return;
      watchOf(integration, source)?.watch.add(record, payload, clock.now());
      const tookMs = clock.monotonic() - beganMs;
      leftMs -= tookMs;
      filledMs += tookMs;
    },
    seen: () =>
      all().flatMap(({ integration, source, watch }) => {
        const ignore = ignored.get(integration) ?? [];
        const drifts = watch.drifts.filter(({ path }) => !ignore.some((one: string) => isWithin(path, one)));
        return drifts.length === 0 ? [] : [{ integration, source, drifts }];
      }),
    toKeep: () =>
      all()
        .filter(({ watch }) => watch.changed)
        .map(({ integration, source, watch }): Learnt => {
          const state = JSON.stringify({ version, contract: contracts.get(integration), ...watch.state() });
          return { kind: "shape", integration, tenant: "", source, keptAtMs: clock.now(), state };
        }),
  };
}

/** `customer` ignores all that is in it too. */
function isWithin(path: string, ignored: string): boolean {
  return path === ignored || path.startsWith(`${ignored}.`) || path.startsWith(`${ignored}[]`);
}

interface KeptShape extends DriftState {
  /** The contract under which it was seen; undefined where the schema does not tell. */
  readonly contract?: string;
}

/** What was kept of a source; undefined where nothing was, or nothing that can be read. */
export function keptState(learnt: readonly Learnt[], integration: string, source: string): KeptShape | undefined {
  const row = learnt.find((one) => one.kind === "shape" && one.integration === integration && one.source === source);
  try {
    const state = JSON.parse(row?.state ?? "") as KeptShape & { readonly version: number };
    return state.version === version ? state : undefined;
  } catch {
    return undefined;
  }
}
