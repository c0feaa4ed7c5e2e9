// The full crash test: nights with kills until at least 200 of them count, at random and at every named point. Finished nights are appended to a file,
// so that a run that is stopped goes on where it was.
//
//   npm run crash -- [--kills 200] [--seed 1] [--together 2] [--file .waybill/crash.jsonl]
import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { type Night, night } from "./night.ts";
import { isEnough, report, tallied } from "./tally.ts";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "200" },
    seed: { type: "string", default: "1" },
    together: { type: "string", default: "2" },
    file: { type: "string", default: ".waybill/crash.jsonl" },
  },
});
const killsMin = Number(values.kills);
const inDoubtMin = 50;
const nights: Night[] = existsSync(values.file)
  ? readFileSync(values.file, "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Night)
  : [];
mkdirSync(dirname(values.file), { recursive: true });
if (nights.length > 0) console.log(`goes on after ${nights.length} nights in ${values.file}`);

let seed = Math.max(Number(values.seed) - 1, ...nights.map((one) => one.seed)) + 1;
let broken = false;

/** Night after night, until somebody has seen enough. Nights spend most of their time waiting, so a few go side by side. */
async function nightAfterNight(): Promise<void> {
  while (!broken && !isEnough(tallied(nights), killsMin, inDoubtMin)) {
    const one = await night(seed++);
    nights.push(one);
    appendFileSync(values.file, `${JSON.stringify(one)}\n`);
    const { counted } = tallied(nights);
    const verdict = one.broken.length > 0 ? ", BROKEN" : "";
    console.log(`seed ${one.seed}: ${one.kills.length} kills${verdict}; ${counted} of ${killsMin} count so far`);
    if (one.broken.length === 0) continue;
    broken = true;
    console.log(one.story.join("\n"));
  }
}

await Promise.all(Array.from({ length: Number(values.together) }, nightAfterNight));
console.log(report(tallied(nights)));
process.exitCode = nights.some((one) => one.broken.length > 0) ? 1 : 0;
