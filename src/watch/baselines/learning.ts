import type { Definition } from "../../define/definition.ts";
import type { ItemTaken } from "../../flow/intake.ts";
import type { Learnt, Ledger } from "../../ledger/ledger.ts";
import type { Feed } from "../../sources/feeds.ts";
import type { Item } from "../../sources/item.ts";
import type { Clock } from "../../world/clock.ts";
import { createShapes, type DriftSeen, type Shapes } from "../drift/shapes.ts";
import type { VolumeSeen } from "./volume-watch.ts";
import { createVolumes, type Volumes } from "./volumes.ts";

// What is learnt while a process watches: how much comes and what it looks like. It begins with what was kept in the ledger, and is kept again every few
// minutes and at the end, in one call: never a commit for a record.
//
// How much comes is read from counters that are the same for all: of several that work with a ledger, one looks, and whoever comes after it goes on from
// what it kept. What comes looks like is seen by whoever takes it in. Each sees a part of the same stream, so what each learns is the same shape.

export interface Learning {
  /** Looks at how much has come since the last look. @param paused names of integrations. */
  volumes(paused: ReadonlySet<string>): Promise<readonly VolumeSeen[]>;
  /** Another process looks for all. */
  aside(): void;
  /** Sources of which the shape has changed, as far as this process took them in. */
  drifts(): Promise<readonly DriftSeen[]>;
  /** Keeps what was learnt, when it is time. */
  keep(): Promise<void>;
  /** Sees what a source has brought, once it is durable. Cheap, and never throws. */
  taken(feed: Feed, items: readonly Item[], became: readonly ItemTaken[]): void;
  /** Keeps what is not kept yet. Never rejects. */
  stop(): Promise<void>;
}

const keptEveryMs = 300_000;

export function createLearning(
  ledger: Pick<Ledger, "learnt" | "keepLearnt" | "tallies">,
  definitions: readonly Definition[],
  clock: Clock,
): Learning {
  let volumes: Volumes | undefined;
  let shapes: Shapes | undefined;
  let keptMs = clock.monotonic();
  /** Whether volumes are learnt that were not kept once: until they are, nobody knows that somebody watches. */
  let first = false;

  async function keep(atTheEnd = false): Promise<void> {
    keptMs = clock.monotonic();
    first = false;
    const rows: readonly Learnt[] = [...(volumes?.toKeep(atTheEnd) ?? []), ...(shapes?.toKeep() ?? [])];
    if (rows.length > 0) await ledger.keepLearnt(rows);
  }

  return {
    async volumes(paused) {
      if (volumes === undefined) {
        volumes = createVolumes(definitions, await ledger.learnt(undefined), clock);
        first = true;
      }
      return volumes.look(await ledger.tallies(), paused);
    },
    aside() {
      volumes = undefined;
    },
    async drifts() {
      shapes ??= createShapes(definitions, await ledger.learnt(undefined), clock);
      return shapes.seen();
    },
    async keep() {
      if (first || clock.monotonic() - keptMs >= keptEveryMs) await keep();
    },
    taken(feed, items, became) {
      const integration = feed.integrations.find(({ drift }) => drift !== false);
      if (shapes === undefined || integration === undefined) return;
      for (const [at, item] of items.entries()) {
        const row = became[at]?.find((one) => one.integration === integration.name);
        if (row === undefined || row.duplicate || item.flaw !== undefined) continue;
        shapes.take({ integration: integration.name, source: feed.name, record: row.record, payload: item.value });
      }
    },
    async stop() {
      // What cannot be kept is learnt again.
      await keep(true).catch(() => undefined);
    },
  };
}
