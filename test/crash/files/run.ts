// The full test of imports that are killed: files of 100,000 rows, until 100 kills came in the middle of one.
//
//   npm run crash:files -- [--kills 100] [--rows 100000] [--seed 1]
import { parseArgs } from "node:util";
import { type Imported, importKilled } from "./import.ts";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "100" },
    rows: { type: "string", default: "100000" },
    seed: { type: "string", default: "1" },
  },
});
const wanted = Number(values.kills);
const imports: Imported[] = [];
const killed = (): number => imports.reduce((sum, { kills }) => sum + kills, 0);

for (let seed = Number(values.seed); killed() < wanted; seed++) {
  const one = await importKilled(seed, Number(values.rows), wanted - killed());
  imports.push(one);
  console.log(
    `seed ${one.seed}: ${one.rows} rows, ${one.kills} kills while it was read: ${one.broken.length === 0 ? "each row once, the books balance" : one.broken.join("; ")}`,
  );
  if (one.broken.length > 0) process.exitCode = 1;
  if (one.broken.length > 0 || one.kills === 0) break;
}
console.log(`${imports.length} files, ${killed()} kills in the middle`);
