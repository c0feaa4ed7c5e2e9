// Workers that share one limit, and of which one is killed every two seconds.
//
//   npm run torture:churn -- [--seed 1] [--seconds 60]
import { parseArgs } from "node:util";
import { churn, perSecond } from "./churn.ts";

const { values } = parseArgs({
  options: { seed: { type: "string", default: "1" }, seconds: { type: "string", default: "60" } },
});
const one = await churn(Number(values.seed), Number(values.seconds) * 1_000);
console.log(
  `seed ${one.seed}: ${one.kills} workers killed, ${one.acknowledged} records taken, ${one.held} held, at most ${one.mostInASecond} requests in any second ` +
    `where ${perSecond} are allowed, ${(one.used * 100).toFixed(1)}% of the limit used; ${one.broken.length === 0 ? "nothing broken" : "BROKEN"}`,
);
console.log(`in each second: ${one.each.join(" ")}`);
if (one.broken.length > 0) console.log(one.story.join("\n"));
process.exitCode = one.broken.length > 0 ? 1 : 0;
