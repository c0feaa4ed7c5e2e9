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

/** What a look sees of it. */
export interface LearningSeen {
  readonly volumes: readonly VolumeSeen[];
  readonly drifts: readonly DriftSeen[];
}

export interface Learning {
  /** Looks at what has come since the last look. @param paused names of integrations. */
  look(paused: ReadonlySet<string>): Promise<LearningSeen>;
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

  async function begin(): Promise<{ readonly volumes: Volumes; readonly shapes: Shapes }> {
    if (volumes !== undefined && shapes !== undefined) return { volumes, shapes };
    const learnt = await ledger.learnt(undefined);
    volumes = createVolumes(definitions, learnt, clock);
    shapes = createShapes(definitions, learnt, clock);
    return { volumes, shapes };
  }

  async function keep(atTheEnd = false): Promise<void> {
    keptMs = clock.monotonic();
    const rows: readonly Learnt[] = [...(volumes?.toKeep(atTheEnd) ?? []), ...(shapes?.toKeep() ?? [])];
    if (rows.length > 0) await ledger.keepLearnt(rows);
  }

  return {
    async look(paused) {
      const first = volumes === undefined;
      const known = await begin();
      const seen = { volumes: known.volumes.look(await ledger.tallies(), paused), drifts: known.shapes.seen() };
      if (first || clock.monotonic() - keptMs >= keptEveryMs) await keep();
      return seen;
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
