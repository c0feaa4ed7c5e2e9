// The full form: npm run crash:tokens -- [--kills 100] [--seed 1]
import { parseArgs } from "node:util";
import { tokenNight } from "./night.ts";

const { values } = parseArgs({
  options: { kills: { type: "string", default: "100" }, seed: { type: "string", default: "1" } },
});
const night = await tokenNight(Number(values.seed), Number(values.kills));
console.log(`seed ${values.seed}: ${JSON.stringify(night, undefined, 2)}`);
process.exitCode = night.broken.length > 0 ? 1 : 0;
