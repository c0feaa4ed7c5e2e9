// The torture: workers that share a ledger in PostgreSQL, and everything that can go wrong between them, a fault for each trial, and some trials after each
// other on the same ledger. Finished trials are appended to a file, so that a run that is stopped goes on where it was. The file in the repository holds
// those that count for docs/guarantees.md.
//
//   npm run torture -- [--trials 100] [--failovers 20] [--only kill,freeze,…] [--seed 1] [--in-a-row 5] [--together 1] [--file test/torture/trials.jsonl]
import { execFileSync } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { type FaultName, faultNames } from "./faults.ts";
import { tableOf } from "./table.ts";
import { counts, type Trial, trials as trialsOf } from "./trial.ts";

const { values } = parseArgs({
  options: {
    trials: { type: "string", default: "100" },
    failovers: { type: "string", default: "20" },
    only: { type: "string", default: faultNames.join() },
    seed: { type: "string", default: "1" },
    "in-a-row": { type: "string", default: "5" },
    together: { type: "string", default: "1" },
    file: { type: "string", default: "test/torture/trials.jsonl" },
  },
});
const only = values.only.split(",");
const unknown = only.find((name) => !faultNames.includes(name as FaultName));
if (unknown !== undefined) throw new Error(`There is no fault "${unknown}". There are: ${faultNames.join(", ")}.`);

/** A trial as it is kept: the story only of one that broke something. */
type Kept = Omit<Trial, "story"> & { readonly commit: string; readonly story?: readonly string[] };

const trials: Kept[] = existsSync(values.file)
  ? readFileSync(values.file, "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Kept)
  : [];
mkdirSync(dirname(values.file), { recursive: true });
if (trials.length > 0) console.log(`goes on after ${trials.length} trials in ${values.file}`);

/** Of which code they tell. */
const commit = execFileSync("git", ["rev-parse", "--short=7", "HEAD"], { encoding: "utf8" }).trim();

let broken = false;
const underWay = new Map<FaultName, number>();
const wanted = (fault: FaultName): number => Number(fault === "failover" ? values.failovers : values.trials);
const counted = (fault: FaultName): number => trials.filter((one) => one.fault === fault && counts(one)).length;
let next = Math.max(Number(values.seed) - 1, ...trials.map(({ seed }) => seed)) + 1;

/** Each time the fault that has had the smallest part of its trials. After a failover there is no standby. */
function mostWanted(): FaultName[] {
  const picked: FaultName[] = [];
  const share = (fault: FaultName): number =>
    (counted(fault) + (underWay.get(fault) ?? 0) + picked.filter((one) => one === fault).length) / wanted(fault);
  const open = (fault: FaultName): boolean =>
    only.includes(fault) && share(fault) < 1 && !(fault === "failover" && picked.includes(fault));
  while (picked.length < Number(values["in-a-row"])) {
    const [most] = faultNames.filter(open).sort((a, b) => share(a) - share(b));
    if (most === undefined) break;
    picked.push(most);
  }
  return picked.sort((a, b) => Number(a === "failover") - Number(b === "failover"));
}

async function trialAfterTrial(): Promise<void> {
  for (;;) {
    const faults = mostWanted();
    if (broken || faults.length === 0) return;
    const add = (one: number) => {
      for (const fault of faults) underWay.set(fault, (underWay.get(fault) ?? 0) + one);
    };
    add(1);
    const done = await trialsOf(faults, next++);
    add(-1);
    for (const one of done) keep(one);
  }
}

function keep(one: Trial): void {
  const { story, ...figures } = one;
  const well = one.broken.length === 0;
  const kept: Kept = { ...figures, recoveryMs: Math.round(one.recoveryMs), commit, ...(!well && { story }) };
  trials.push(kept);
  appendFileSync(values.file, `${JSON.stringify(kept)}\n`);
  console.log(
    `${one.fault} ${one.seed}: ${one.unanswered} unanswered, ${(one.successful * 100).toFixed(1)}% of ${one.effects} effects well, held ${one.held}, ` +
      `recovered in ${(one.recoveryMs / 1_000).toFixed(1)} s${counts(one) ? "" : "; does not count"}${well ? "" : "; BROKEN"}`,
  );
  if (well) return;
  broken = true;
  console.log(story.join("\n"));
}

await Promise.all(Array.from({ length: Number(values.together) }, trialAfterTrial));
console.log(tableOf(trials));
process.exitCode = trials.some((one) => one.broken.length > 0) ? 1 : 0;
