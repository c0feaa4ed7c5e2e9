import assert from "node:assert/strict";
import { test } from "node:test";
import { scenes } from "./integrations.ts";
import { sceneNight } from "./night.ts";

// A short form of `npm run crash:scenes`: one night of each.

const seed = Number(process.env.CRASH_SEED ?? Math.floor(Date.now() / 86_400_000));

for (const scene of scenes)
  test(`${scene}, killed again and again: the destination counts each once`, async (t) => {
    const night = await sceneNight(scene, seed, 3);
    t.diagnostic(JSON.stringify(night));
    assert.deepEqual(night.broken, [], `CRASH_SEED=${seed}`);
    assert.ok(night.kills >= 2, `only ${night.kills} kills (CRASH_SEED=${seed})`);
  });
