// A large ledger in a file, whose process dies in the middle of its work, is moved to PostgreSQL and goes on there.
//
//   npm run torture:move -- [--seed 1] [--records 100000]
import { parseArgs } from "node:util";
import { moving } from "./move.ts";

const { values } = parseArgs({
  options: { seed: { type: "string", default: "1" }, records: { type: "string", default: "100000" } },
});
const one = await moving(Number(values.seed), Number(values.records));
console.log(
  `seed ${values.seed}: ${one.records} records moved in ${(one.tookMs / 1_000).toFixed(1)} s, ${one.unanswered} effects unanswered when the process died; ` +
    `afterwards ${one.delivered} of what it had begun delivered, ${one.held} held; ${one.broken.length === 0 ? "nothing broken" : "BROKEN"}`,
);
console.log(`of the past: ${JSON.stringify(one.states)}`);
for (const broken of one.broken) console.log(`  ${broken}`);
process.exitCode = one.broken.length > 0 ? 1 : 0;
