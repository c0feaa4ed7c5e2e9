// The full form: batches, thin webhooks, jobs and undos that are killed in the middle, night after night.
//
//   npm run crash:scenes -- [--nights 20] [--seed 1] [--scene load]
import { parseArgs } from "node:util";
import { type SceneName, scenes } from "./integrations.ts";
import { sceneNight } from "./night.ts";

const { values } = parseArgs({
  options: {
    nights: { type: "string", default: "20" },
    seed: { type: "string", default: "1" },
    scene: { type: "string" },
  },
});
const chosen = scenes.filter((scene) => values.scene === undefined || values.scene === scene) as readonly SceneName[];
for (const scene of chosen) {
  let [kills, lost, replayed] = [0, 0, 0];
  for (let night = 0; night < Number(values.nights); night++) {
    const one = await sceneNight(scene, Number(values.seed) + night);
    kills += one.kills;
    lost += one.lost;
    replayed += one.replayed;
    if (one.broken.length === 0) continue;
    process.exitCode = 1;
    console.log(`${scene}, seed ${one.seed}, after ${one.kills} kills:\n  ${one.broken.join("\n  ")}`);
  }
  console.log(`${scene}: ${values.nights} nights, ${kills} kills, ${lost} lost answers, ${replayed} repeated calls`);
}
