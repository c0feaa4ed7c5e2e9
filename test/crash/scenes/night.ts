import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { between, chance } from "../../../examples/demo/chance.ts";
import type { BookResult } from "../../../src/flow/books.ts";
import { Child } from "../child.ts";
import { Destination, type Fate } from "./destination.ts";
import type { SceneName } from "./integrations.ts";
import { brokenPromises } from "./promises.ts";

// One night of one scene: a worker that is killed several times while it plays, and in the end what the destination counted.

export interface Life {
  readonly scene: SceneName;
  readonly ledger: string;
  readonly url: string;
  readonly records: number;
  readonly most: number;
  /** How many moments it passes before it kills itself. */
  readonly dieAfter: number | undefined;
}

export type Told = "all sent";

export interface End {
  readonly balanced: boolean;
  readonly book: BookResult | undefined;
  /** Of what waits for a person. */
  readonly reasons: readonly string[];
}

export type Heard = { readonly url: string } | End;

export interface SceneNight {
  readonly scene: SceneName;
  readonly seed: number;
  readonly kills: number;
  readonly lost: number;
  readonly replayed: number;
  readonly broken: readonly string[];
}

export const recordsOf: Readonly<Record<SceneName, number>> = {
  "batch-by-key": 100,
  "batch-by-lookup": 100,
  load: 100,
  jobs: 40,
  undo: 30,
};

/** How many moments a life passes before it ends: as few as that it seldom comes to its end. */
const moments: Readonly<Record<SceneName, readonly [from: number, to: number]>> = {
  "batch-by-key": [1, 45],
  "batch-by-lookup": [1, 60],
  load: [20, 90],
  jobs: [10, 60],
  undo: [15, 80],
};

const entities = 20;

/** Three of a hundred are refused for good. */
export const refused: ReadonlySet<string> = new Set(["O-7", "O-50", "O-99"]);

/** Where items can be looked up, an answer may also be silent about one, whether it was made or not. */
function fateOf(scene: SceneName, seed: number): (ref: string, times: number) => Fate {
  return (ref, times) => {
    if (refused.has(ref)) return "refused";
    if (scene === "batch-by-key" || times > 1) return "made";
    const luck = chance(seed, "fate", ref);
    return luck < 0.05 ? "made-unspoken" : luck < 0.1 ? "lost-unspoken" : "made";
  };
}

export async function sceneNight(scene: SceneName, seed: number, killsMax = 6): Promise<SceneNight> {
  const folder = mkdtempSync(join(tmpdir(), "waybill-scenes-"));
  const destination = await new Destination({
    seed,
    // Batches are few, so that more of them have to be lost.
    faults: scene.startsWith("batch") ? { reset: 0.15, lost: 0.35 } : { reset: 0.08, lost: 0.15 },
    keys: scene !== "batch-by-lookup",
    fate: fateOf(scene, seed),
  }).open();
  const ledger = `sqlite:${join(folder, "ledger.db")}`;
  const notices = scene === "load" ? new Notices(destination) : undefined;
  let kills = 0;
  let end: End | undefined;
  try {
    for (let life = 0; life <= killsMax && end === undefined; life++) {
      const [from, to] = moments[scene];
      const plan: Life = {
        scene,
        ledger,
        url: destination.url,
        records: recordsOf[scene],
        most: [12, 7, 40, 100][life % 4] ?? 100,
        dieAfter: life === killsMax ? undefined : between(from, to, seed, "moments", life),
      };
      const worker = new Child<Told, Heard>("scenes/worker.ts", plan);
      worker.on((heard) => {
        if ("book" in heard) end = heard;
      });
      if (notices !== undefined) await notices.sendTo(worker);
      if ((await worker.gone) === "SIGKILL") kills++;
    }
    const broken = end === undefined ? ["the worker never came to rest"] : brokenPromises(scene, end, destination);
    return { scene, seed, kills, lost: destination.lost, replayed: destination.replayed, broken };
  } finally {
    destination.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A source whose orders change, and that tells of each change until it was acknowledged. */
class Notices {
  readonly #left: string[];
  readonly #destination: Destination;
  #numbers = 0;

  constructor(destination: Destination) {
    this.#destination = destination;
    this.#left = Array.from({ length: recordsOf.load }, (_, at) => `E-${at % entities}`);
  }

  /** Five at a time, until all are acknowledged or the worker is gone. */
  async sendTo(worker: Child<Told, Heard>): Promise<void> {
    const url = (await worker.hear("url"))?.url;
    if (url === undefined) return;
    await Promise.all(Array.from({ length: 5 }, () => this.#sendSome(worker, url)));
    if (this.#left.length === 0) worker.tell("all sent");
  }

  async #sendSome(worker: Child<Told, Heard>, url: string): Promise<void> {
    for (let id = this.#left.shift(); id !== undefined; id = this.#left.shift()) {
      const { orders } = this.#destination;
      orders.set(id, (orders.get(id) ?? 0) + 1);
      const body = JSON.stringify({ id, notice: ++this.#numbers });
      const answer = await fetch(`${url}/orders/changed`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
      }).catch(() => undefined);
      await answer?.body?.cancel();
      if (answer?.status === 202) continue;
      // Not acknowledged: told again, to whoever runs next.
      this.#left.push(id);
      if (!worker.alive || answer === undefined) return;
    }
  }
}
