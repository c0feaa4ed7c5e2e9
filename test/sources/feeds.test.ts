import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import type { Definition } from "../../src/define/definition.ts";
import { integration } from "../../src/define/integration.ts";
import { poll } from "../../src/define/poll.ts";
import type { Source } from "../../src/define/source.ts";
import { unverified } from "../../src/define/verifier.ts";
import { webhook } from "../../src/define/webhook.ts";
import { WaybillError } from "../../src/model/errors.ts";
import { pollFeeds, webhookFeeds } from "../../src/sources/feeds.ts";

function definition(name: string, ...source: [Source, ...Source[]]): Definition {
  return integration(name, { source, contract: z.any(), identify: () => ({ id: "A" }), async deliver() {} }).definition;
}
const polled = (name?: string): Source =>
  poll({ every: "5m", fetch: async () => ({ records: [], cursor: "" }), ...(name === undefined ? {} : { name }) });

test("a source that several integrations share is one feed of all of them", () => {
  const hook = webhook("/orders", { verify: unverified });
  const contacts = polled("contacts");
  const definitions = [
    definition("a", hook, contacts),
    definition("b", hook, webhook("/b", { verify: unverified })),
    definition("c", contacts),
  ];
  const names = (feeds: readonly { name: string; integrations: readonly Definition[] }[]): unknown[] =>
    feeds.map(({ name, integrations }) => [name, integrations.map((one) => one.name)]);
  assert.deepEqual(names(webhookFeeds(definitions)), [
    ["webhook:/orders", ["a", "b"]],
    ["webhook:/b", ["b"]],
  ]);
  assert.deepEqual(names(pollFeeds(definitions)), [["poll:contacts", ["a", "c"]]]);
  assert.deepEqual(names(pollFeeds([definition("d", polled())])), [["poll:d", ["d"]]]);
});

test("polls that would share a cursor, or lose it when an integration is added, are refused", () => {
  const shared = polled();
  for (const definitions of [
    [definition("a", shared), definition("b", shared)],
    [definition("a", polled("x")), definition("b", polled("x"))],
    [definition("a", polled("b")), definition("b", polled())],
  ]) {
    assert.throws(
      () => pollFeeds(definitions),
      (error) => error instanceof WaybillError && error.code === "bad-definition",
    );
  }
});
