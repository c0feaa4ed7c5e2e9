import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { integration, push } from "waybill";
import { z } from "zod";
import type { Learnt } from "../../src/ledger/ledger.ts";
import { type Feed, newFeed } from "../../src/watch/baselines/feed.ts";
import { feedText } from "../../src/watch/baselines/kept.ts";
import { createVolumes } from "../../src/watch/baselines/volumes.ts";
import { createShapes } from "../../src/watch/drift/shapes.ts";
import { seededRandom } from "../../src/world/random.ts";

// What is learnt of an integration whose feeds do their worst: more tenants and sources than are watched, ten thousand fields, names that never come again.

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc") as () => void;
const heap = (): number => {
  gc();
  gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};

const hourMs = 3_600_000;
const many = 8;
/** So many tenants are learnt. */
const feedsMax = 50;
const seed = 11;
const random = seededRandom(seed);
const word = (letters: number): string =>
  Array.from({ length: letters }, () => "abcdefghijklmnopqrstuvwxyz"[Math.floor(random.next() * 26)]).join("");

/** Ten thousand fields, of which the first are always the same and the rest never. */
function payload(at: number): object {
  const steady = Object.fromEntries(
    Array.from({ length: 40 }, (_, n) => [`steady${word(0)}${"ab".repeat(1 + (n % 20))}${n}`, `v${(at + n) % 16}`]),
  );
  const nested = Object.fromEntries(
    Array.from({ length: 9 }, (_, n) => [
      `part${n}`,
      Object.fromEntries(Array.from({ length: 30 }, (_, m) => [`field${m}`, `${n} ${m} ${(at + m) % 15} and so on`])),
    ]),
  );
  const never = Object.fromEntries(Array.from({ length: 9_000 }, () => [word(9), at]));
  return { ...steady, ...nested, ...never };
}

/** A feed that has been watched for as long as anything is kept. */
function eightWeeks(nowMs: number): Feed {
  const feed = newFeed();
  for (let day = 56; day > 0; day--) {
    const date = new Date(nowMs - day * 24 * hourMs).toISOString().slice(0, 10);
    feed.days.add(
      date,
      Uint8Array.from({ length: 24 }, () => 60 + Math.floor(random.next() * 40)),
      Uint8Array.from({ length: 24 }, () => 40 + Math.floor(random.next() * 40)),
    );
  }
  return feed;
}

test("what is learnt of one integration stays under a megabyte, whatever comes and however long it is watched", (t) => {
  const names = Array.from({ length: many }, (_, n) => `orders-${n}`);
  const made = names.map(
    (name) =>
      integration(name, {
        source: push(),
        contract: z.looseObject({ id: z.string() }),
        identify: ({ id }) => ({ id }),
        async deliver() {},
      }).definition,
  );
  let nowMs = Date.UTC(2026, 0, 5);
  const clock = { now: () => nowMs, monotonic: () => nowMs };
  const payloads = Array.from({ length: 96 }, (_, at) => payload(at));
  const tenants = Array.from({ length: 150 }, (_, n) => `tenant-${n}`);

  const learnt: readonly Learnt[] = names.flatMap((name) =>
    tenants.map((tenant) => ({
      kind: "volume",
      integration: name,
      tenant,
      source: "",
      keptAtMs: nowMs,
      state: feedText({ feed: eightWeeks(nowMs), counted: 0 }),
    })),
  );

  const before = heap();
  const volumes = createVolumes(made, learnt, clock);
  for (let look = 0; look < 60; look++) {
    nowMs += 180_000;
    const tally = (name: string, tenant: string) => ({ integration: name, tenant, fresh: look * 3 });
    volumes.look(
      names.flatMap((name) => tenants.map((tenant) => tally(name, tenant))),
      new Set(),
    );
  }
  const afterFeeds = heap();
  const shapes = createShapes(made, [], clock);
  for (const source of ["one", "two", "three"])
    for (const name of names)
      for (const [at, of] of payloads.entries()) {
        nowMs += 60_000;
        shapes.take({ integration: name, source, record: `${source}-${at}`, payload: of });
      }
  const feedBytes = (afterFeeds - before) / many / feedsMax;
  const shapeBytes = (heap() - afterFeeds) / many;
  const kept: readonly Learnt[] = [...volumes.toKeep(true), ...shapes.toKeep()];
  const keptBytes = kept.reduce((sum, { state }) => sum + state.length, 0) / many;
  t.diagnostic(
    `of one integration: shapes ${Math.round(shapeBytes / 1_000)} kB, ${feedsMax} feeds of ${Math.round(feedBytes / 100) / 10} kB each after eight weeks, ${Math.round(keptBytes / 1_000)} kB in the ledger (seed ${seed})`,
  );
  assert.ok(shapeBytes > 100_000 && feedBytes > 2_000, "something was learnt");
  assert.ok(shapeBytes + feedBytes * feedsMax <= 1_000_000, `${shapeBytes} bytes of shapes, ${feedBytes} of each feed`);
  assert.ok(keptBytes <= 1_000_000, `${keptBytes} bytes in the ledger`);
});
