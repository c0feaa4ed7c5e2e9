// Rehearses everything that is wrong on purpose, and prints on which night each fell.
//
//   npm run rehearse:bugs -- [--nights 1000] [--only name,…] [--stories]
import { parseArgs } from "node:util";
import { bugs } from "./bugs.ts";

const { values } = parseArgs({
  options: {
    nights: { type: "string", default: "1000" },
    only: { type: "string" },
    stories: { type: "boolean", default: false },
  },
});
const only = values.only?.split(",");
const all = (await bugs()).filter(({ name }) => only === undefined || only.includes(name));
let stands = 0;
console.log("| night | wrong on purpose | in | fell by |\n| ---: | --- | --- | --- |");
for (const bug of all) {
  const fall = await bug.fall(Number(values.nights));
  if (fall === undefined) stands += 1;
  const by = fall?.promise ?? `**stands after ${values.nights}**`;
  const whose = bug.blind ? "" : " *";
  console.log(`| ${fall?.night ?? ""} | \`${bug.name}\`${whose}: ${bug.what} | ${bug.in} | ${by} |`);
  if (values.stories && fall !== undefined) console.log(fall.story.map((line) => `    ${line}`).join("\n"));
}
console.log(`\n${all.length - stands} of ${all.length} fell. * devised by those who wrote the rehearsal.`);
process.exitCode = stands > 0 ? 1 : 0;
