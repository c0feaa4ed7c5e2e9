// A Waybill that dies at a named moment: as a power cut would have it, with SIGKILL, in the middle of whatever it does.
import { flushCompileCache } from "node:module";
import { assemble } from "../../src/assembly/assemble.ts";
import { pushFeed } from "../../src/sources/feeds.ts";
import { itemHandedIn } from "../../src/sources/push.ts";
import { createWorld } from "../../src/world/world.ts";
import { auditOf, inDoubtIn } from "./audit.ts";
import { crashed } from "./integration.ts";
import type { Heard, Plan, Told } from "./messages.ts";

const plan = JSON.parse(process.argv[2] ?? "{}") as Plan;
const say = (heard: Heard): void => {
  if (process.connected) process.send?.(heard);
};
let { arm } = plan;
let passed = 0;
const world = createWorld({
  passing(point) {
    if (arm?.point === point && ++passed === arm.nth) process.kill(process.pid, "SIGKILL");
  },
});
const assembly = await assemble({
  integrations: [crashed(plan.destination, plan)],
  ledger: plan.ledger,
  release: "crash-test",
  world,
  emit(event) {
    if (event.event === "ledger.failed" || event.event === "intake.failed") say({ failed: JSON.stringify(event) });
  },
});
const { ledger } = assembly;
const feed = pushFeed(assembly.known("orders").definition);

process.on("message", async (told: Told) => {
  if ("send" in told) {
    try {
      await assembly.intake.take(feed, [itemHandedIn(told.send)]);
      say({ acknowledged: told.send });
    } catch (error) {
      say({ refused: told.send, why: String(error) });
    }
  } else if ("arm" in told) {
    ({ arm } = told);
    passed = 0;
  } else if ("settle" in told) {
    try {
      await assembly.settled("orders", 30_000);
      say({ settled: true });
    } catch (error) {
      say({ settled: false, why: String(error) });
    }
  } else if ("audit" in told) say({ audit: await auditOf(ledger) });
  else {
    await assembly.stop();
    process.exit(0);
  }
});
process.on("disconnect", () => process.exit(0));

const doubts = plan.looksFirst ? await inDoubtIn(ledger) : [];
await assembly.start();
say({ ready: true, inDoubt: doubts });
// It may not live until it would do that by itself.
flushCompileCache();
