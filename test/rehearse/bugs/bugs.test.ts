import assert from "node:assert/strict";
import { test } from "node:test";
import { bugs } from "./bugs.ts";

// Some of what is wrong on purpose, for every change; `npm run rehearse:bugs` has all of it, and docs/rehearsing.md the table.

const soon: Readonly<Record<string, string>> = {
  "float-cents": "good records are delivered, and broken ones quarantined",
  "lookup-by-another-name": "nothing is done twice",
  "server-error-means-no": "nothing is done twice",
  "swallowed-refusal": "what is delivered was done",
  "takes-anothers-payout": "what is delivered was done",
  "remembers-in-memory": "void",
  "failed-head-is-passed": "records of one key are delivered in order",
  "cursor-before-its-records": "what the source showed is not lost",
  "unreadable-is-thanked": "what was acknowledged is not lost",
  "last-key-wins": "good records are delivered, and broken ones quarantined",
  "sender-blamed-on-code": "good records are delivered, and broken ones quarantined",
  "recovered-leaves-its-queue": "the books balance",
};

const known = await bugs();
for (const [name, promise] of Object.entries(soon)) {
  test(`${name} falls within a few nights, by the promise that it breaks`, async (t) => {
    const bug = known.find((one) => one.name === name);
    const fall = await bug?.fall(20);
    t.diagnostic(`${bug?.what} Night ${fall?.night}.`);
    assert.equal(fall?.promise, promise, fall?.story.join("\n"));
    assert.ok((fall?.story.length ?? 0) > 0);
  });
}
