import assert from "node:assert/strict";
import { test } from "node:test";
import { secret } from "waybill";
import { type ErrorBody, env, type Serving, serving } from "./serving.ts";

const token = { authorization: `Bearer ${env.API_TOKEN}` };
const json = { "content-type": "application/json", ...token };

interface Many {
  readonly selected: number;
  readonly results: readonly { state: string; cause: string | null; count: number }[];
  readonly failures: readonly { message: string; count: number; records: string[] }[];
}

/** Orders of which most break the contract alike: their total is text. */
async function stopped(t: Parameters<typeof serving>[0]): Promise<{ at: Serving; records: string[] }> {
  const at = await serving(t, { token: secret("API_TOKEN") });
  const orders = Array.from({ length: 20 }, (_, number) => ({ id: `A-${number}`, total: "free" }));
  const body = [...orders, { id: "", total: 1 }].map((order) => JSON.stringify(order)).join("\n");
  const path = "/v1/integrations/orders/records";
  const answer = await at.post(path, body, { ...token, "content-type": "application/x-ndjson" });
  const { results } = (await answer.json()) as { results: { record: string }[] };
  return { at, records: results.map(({ record }) => record) };
}

async function ask(at: Serving, path: string, body: unknown): Promise<[number, unknown]> {
  const answer = await at.post(path, JSON.stringify(body), json);
  return [answer.status, await answer.json()];
}

const inShort = ({ selected, results, failures }: Many): unknown[] => [
  selected,
  results.map(({ state, cause, count }) => [state, cause, count]),
  failures.map(({ count }) => count),
];

test("a move that is held to what its dry run looked at leaves what came since, and counts it", async (t) => {
  const { at } = await stopped(t);
  const all = { filter: { path: "total" }, why: "test orders" };
  const [, dry] = await ask(at, "/v1/quarantine/discard", { ...all, dryRun: true });
  const { extent } = dry as { extent: object };
  const more = { ...token, "content-type": "application/json" };
  await at.post("/v1/integrations/orders/records", '{"id":"B-1","total":"free"}', more);
  for (const wrong of [null, "0", {}, { ...extent, settledByMs: "x" }])
    assert.equal((await ask(at, "/v1/quarantine/discard", { ...all, extent: wrong }))[0], 400, JSON.stringify(wrong));
  const [status, done] = await ask(at, "/v1/quarantine/discard", { ...all, extent });
  assert.deepEqual([status, (done as Many).selected, (done as { came: number }).came], [200, 20, 1]);
  assert.equal((await at.book()).quarantined, 2);
});

test("what stopped for one rule is one group, and is edited and released with two requests", async (t) => {
  const { at, records } = await stopped(t);
  const groups = ((await (await at.get("/v1/quarantine", token)).json()) as { groups: Record<string, unknown>[] })
    .groups;
  assert.deepEqual(
    groups.map(({ path, count }) => [path, count]),
    [
      ["total", 20],
      ["id", 1],
    ],
  );
  const fix = { filter: { path: "total" }, set: { total: 0 }, actor: "ann", why: "they are free" };
  const [, dry] = await ask(at, "/v1/quarantine/edit", { ...fix, dryRun: true });
  assert.deepEqual(inShort(dry as Many), [20, [["quarantined", "edited", 20]], []]);
  assert.equal((await at.book()).quarantined, 21);
  assert.deepEqual(((await (await at.get("/v1/quarantine", token)).json()) as { groups: unknown[] }).groups.length, 2);

  const [status, edited] = await ask(at, "/v1/quarantine/edit", fix);
  assert.deepEqual([status, inShort(edited as Many)], [200, [20, [["quarantined", "edited", 20]], []]]);
  const [, released] = await ask(at, "/v1/quarantine/release", { all: true });
  assert.deepEqual(inShort(released as Many), [21, [["waiting", null, 20]], [1]]);
  assert.deepEqual((released as Many).failures[0]?.records, [records[20]]);
  const shown = (await (await at.get(`/v1/records/${records[0]}`, token)).json()) as Record<string, unknown>;
  assert.deepEqual([shown.payload, shown.original], [{ id: "A-0", total: 0 }, '{"id":"A-0","total":"free"}']);
});

test("one record is edited as text, and only while it is as it was seen", async (t) => {
  const { at, records } = await stopped(t);
  const path = `/v1/records/${records[0]}/edit`;
  const { revision } = (await (await at.get(`/v1/records/${records[0]}`, token)).json()) as { revision: number };
  const [refused, broken] = await ask(at, path, { text: '{"id":"A-0","total":"x"}' });
  assert.deepEqual([refused, (broken as ErrorBody).error.code], [409, "refused-move"]);
  assert.equal((await ask(at, path, { text: '{"id":"A-0","total":7}', revision }))[0], 200);
  const [late, changed] = await ask(at, path, { text: '{"id":"A-0","total":8}', revision });
  assert.equal(late, 409);
  assert.match((changed as ErrorBody).error.message, /changed while it was looked at/);
});

test("many are moved only by who holds the token and says which", async (t) => {
  const { at } = await stopped(t);
  assert.equal(
    (await at.post("/v1/quarantine/discard", '{"all":true}', { "content-type": "application/json" })).status,
    401,
  );
  for (const [path, body, status, message] of [
    ["quarantine/discard", {}, 400, /Which records/],
    ["quarantine/discard", { filter: { caus: "contract" } }, 400, /caus/],
    ["quarantine/discard", { filter: { state: "delivered" } }, 400, /state/],
    ["quarantine/discard", { filter: { since: "soon" } }, 400, /since/],
    ["quarantine/discard", { filter: [] }, 400, /not an object/],
    ["quarantine/discard", { all: true, limit: 0 }, 400, /limit/],
    ["quarantine/discard", { all: "yes" }, 400, /all/],
    ["quarantine/edit", { all: true }, 400, /Which change/],
    ["quarantine/edit", { all: true, set: [] }, 400, /set/],
    ["quarantine/edit", { all: true, text: "{}" }, 400, /no field "text"/],
    ["quarantine/replay", { all: true }, 404, /no action "replay"/],
    ["held/resolve", { all: true }, 400, /told how/],
  ] as const) {
    const [answered, said] = await ask(at, `/v1/${path}`, body);
    assert.equal(answered, status, path);
    assert.match((said as ErrorBody).error.message, message);
  }
  assert.equal((await at.book()).quarantined, 21);
});
