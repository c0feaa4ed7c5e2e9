// A Waybill that imports a file until it is killed.
import { assemble } from "../../../src/assembly/assemble.ts";
import type { Point } from "../../../src/world/points.ts";
import { createWorld } from "../../../src/world/world.ts";
import { imported } from "./prices.ts";

export interface Plan {
  readonly folder: string;
  readonly arm: { readonly point: Point; readonly nth: number } | undefined;
}

export type Heard =
  | { readonly reading: true }
  /** The file is read to its end, and all of it is delivered. */
  | { readonly done: { readonly received: number; readonly duplicate: number; readonly delivered: number } };

const plan = JSON.parse(process.argv[2] ?? "{}") as Plan;
const say = (heard: Heard): void => void process.send?.(heard);
let passed = 0;
let isRead = (): void => undefined;
const read = new Promise<void>((resolve) => {
  isRead = resolve;
});
const world = createWorld({
  passing(point) {
    if (plan.arm?.point === point && ++passed === plan.arm.nth) process.kill(process.pid, "SIGKILL");
  },
});
const assembly = await assemble({
  integrations: [imported],
  ledger: `sqlite:${plan.folder}/ledger.db`,
  release: "crash-test",
  folder: plan.folder,
  world,
  emit(event) {
    if (event.event === "file.started") say({ reading: true });
    if (event.event === "file.done" || event.event === "file.known") isRead();
    if (event.event === "ledger.failed" || event.event === "source.failed" || event.event === "file.stopped")
      console.error(JSON.stringify(event));
  },
});
process.on("disconnect", () => process.exit(0));
await assembly.start();
await read;
await assembly.settled("prices", 120_000);
const [book] = await assembly.ledger.balance("prices");
await assembly.stop();
say({ done: { received: book?.received ?? 0, duplicate: book?.duplicate ?? 0, delivered: book?.delivered ?? 0 } });
