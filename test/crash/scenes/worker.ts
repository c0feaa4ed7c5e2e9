// One life of a process that plays a scene until it is over, or until it kills itself with SIGKILL at the moment that it is told.
import { assemble } from "../../../src/assembly/assemble.ts";
import { balanceOf } from "../../../src/flow/books.ts";
import { listen } from "../../../src/server/listen.ts";
import type { Point } from "../../../src/world/points.ts";
import { createWorld } from "../../../src/world/world.ts";
import { type SceneName, sceneOf } from "./integrations.ts";
import type { Heard, Life, Told } from "./night.ts";

const life = JSON.parse(process.argv[2] ?? "{}") as Life;
let left = life.dieAfter;
const intake: readonly string[] = ["before-intake-commit", "before-acknowledgement"] satisfies Point[];
const world = createWorld({
  passing(point) {
    if (life.scene !== "load" && intake.includes(point)) return;
    if (left !== undefined && --left <= 0) process.kill(process.pid, "SIGKILL");
  },
});
const assembly = await assemble({
  integrations: [sceneOf(life.scene, life)],
  ledger: life.ledger,
  release: "scene",
  world,
  emit(event) {
    if (event.event === "ledger.failed" || event.event === "intake.failed") console.error(JSON.stringify(event));
  },
});
const { ledger, inboxes } = assembly;
const { definition } = assembly.known("scene");
const say = (heard: Heard): void => void process.send?.(heard);
const sendAll = () =>
  Promise.all(Array.from({ length: life.records }, (_, at) => assembly.intake.send(definition, { id: `O-${at}` })));

/** What is dead is discarded, and with that undone. */
async function discardAll(): Promise<void> {
  const { rows } = await ledger.find({ states: ["dead"], limit: 1_000 });
  const person = { actor: "ann", why: "the customer cancelled" };
  await Promise.all(rows.map(({ record }) => inboxes.discard(record, person)));
}

/** What has to be said by a source or by a person, for the scene to come to its end. */
const plays: Readonly<Record<SceneName, () => Promise<unknown>>> = {
  "batch-by-key": sendAll,
  "batch-by-lookup": sendAll,
  jobs: sendAll,
  async undo() {
    await sendAll();
    await assembly.settled("scene", 60_000);
    await discardAll();
  },
  async load() {
    const { url } = await listen(assembly.app, { host: "127.0.0.1", port: 0 });
    say({ url });
    await new Promise<void>((resolve) => process.once("message", (told: Told) => told === "all sent" && resolve()));
  },
};

process.on("disconnect", () => process.exit(0));
await assembly.start();
await plays[life.scene]();
await assembly.settled("scene", 60_000);
const { integrations, balanced } = await balanceOf(ledger, ["scene"], undefined);
const { rows } = await ledger.find({ limit: 10_000 });
say({
  balanced,
  book: integrations[0],
  reasons: rows.flatMap(({ state, reason }) => (state === "dead" || state === "held" ? [`${state}: ${reason}`] : [])),
});
await assembly.stop();
process.exit(0);
