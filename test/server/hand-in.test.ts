import assert from "node:assert/strict";
import { test } from "node:test";
import { push } from "waybill";
import { z } from "zod";
import { WaybillError } from "../../src/model/errors.ts";
import { type ErrorBody, ordersIntegration, requestText, serving, spoken, statusesIn } from "./serving.ts";

const path = "/v1/integrations/orders/records";
const ndjson = { "content-type": "application/x-ndjson" };
const json = { "content-type": "application/json" };
type Results = {
  results: { record?: string; state?: string; error?: { code: string; message: string } }[];
} & Partial<ErrorBody>;

const order = (at: number): string => JSON.stringify({ id: `A-${at}`, total: at });
const inShort = ({ results }: Results): unknown[] => results.map(({ state, error }) => state ?? error?.code);

test("JSON is one record, whatever it is", async (t) => {
  const anything = ordersIntegration(
    {},
    { source: push(), contract: z.unknown(), identify: (it: unknown) => ({ id: JSON.stringify(it) }) },
  );
  const at = await serving(t, { integrations: [anything] });
  for (const body of ['{"id":"A-1"}', "[1,2,3]", "5", '"text"', "null"]) {
    const answer = await at.post(path, body, json);
    assert.equal(answer.status, 202, body);
    assert.deepEqual(inShort((await answer.json()) as Results), ["waiting"], body);
  }
  assert.equal((await at.book()).received, 5);
});

test("a bad line spoils only itself, and the results stand in order", async (t) => {
  const at = await serving(t);
  const lines: (string | Buffer)[] = [
    `\u{feff}${order(1)}`,
    '{"id":',
    "",
    `  ${order(2)}\r`,
    Buffer.from('{"id":"\xff"}', "latin1"),
    "[".repeat(5_000),
    '{"id":7}',
    '{"id":"A-9","id":"A-9","total":1}',
    order(1),
    "\t ",
    order(3),
  ];
  const body = Buffer.concat(lines.flatMap((line) => [Buffer.from(line), Buffer.from("\n")]));
  const answer = await at.post(path, body, ndjson);
  assert.equal(answer.status, 202);
  const said = (await answer.json()) as Results;
  assert.deepEqual(inShort(said), [
    "waiting",
    "unreadable",
    "waiting",
    "unreadable",
    "unreadable",
    "quarantined",
    "quarantined",
    "waiting",
    "waiting",
  ]);
  assert.match(said.results[1]?.error?.message ?? "", /^Line 2: /);
  assert.match(said.results[3]?.error?.message ?? "", /^Line 5: /);
  assert.equal(said.results[0]?.record, said.results[7]?.record, "the same record again is a duplicate");
  const book = await at.book();
  assert.deepEqual([book.received, book.duplicate, book.refused], [6, 1, 3]);
});

test("a long list is taken in parcels, in order, and is durable when it is answered", async (t) => {
  const at = await serving(t);
  const take = t.mock.method(at.assembly.intake, "take");
  const count = 2_500;
  const body = Array.from({ length: count }, (_, index) => (index % 500 === 7 ? "nonsense" : order(index))).join("\n");
  const said = (await (await at.post(path, body, ndjson)).json()) as Results;
  assert.equal(said.results.length, count);
  for (const [index, { record, error }] of said.results.entries()) {
    if (index % 500 === 7) assert.equal(error?.code, "unreadable");
    else if (index % 100 === 0) assert.equal((await at.assembly.ledger.record(record ?? ""))?.id, `A-${index}`);
  }
  assert.ok(take.mock.callCount() > 1);
  assert.ok(take.mock.calls.every(({ arguments: [, items] }) => items.length <= 1_000));
});

test("when the ledger fails half-way, the answer says what is durable, and is no 2xx", async (t) => {
  const at = await serving(t);
  const take = at.assembly.intake.take.bind(at.assembly.intake);
  let calls = 0;
  t.mock.method(at.assembly.intake, "take", (...given: Parameters<typeof take>) =>
    calls++ === 0 ? take(...given) : Promise.reject(new WaybillError("ledger-full", "The disk is full.")),
  );
  const answer = await at.post(path, Array.from({ length: 1_500 }, (_, index) => order(index)).join("\n"), ndjson);
  assert.equal(answer.status, 503);
  assert.ok(Number(answer.headers.get("retry-after")) > 0);
  const said = (await answer.json()) as Results;
  assert.equal(said.error?.code, "ledger-full");
  assert.equal(said.results.length, 1_000);
  assert.equal((await at.book()).received, 1_000);
});

test("a list that breaks off takes no half line", async (t) => {
  const at = await serving(t);
  const whole = `${order(1)}\n${order(22)}`;
  // The second line reads as JSON up to here, and more of it was to come.
  const headers = { ...ndjson, "content-length": String(whole.length + 10) };
  const answer = await spoken(at.port, [requestText(`POST ${path}`, headers, whole)], { end: true });
  assert.ok(!statusesIn(answer).includes(202), answer);
  const { records } = (await (await at.get("/v1/records?id=A-22")).json()) as { records: unknown[] };
  assert.deepEqual(records, []);
});

test("when nothing of a list could be read, its status says so", async (t) => {
  const at = await serving(t);
  const bad = await at.post(path, "nonsense\nmore of it", ndjson);
  assert.equal(bad.status, 400);
  assert.deepEqual(inShort((await bad.json()) as Results), ["unreadable", "unreadable"]);
  const empty = await at.post(path, "\n\n", ndjson);
  assert.deepEqual([empty.status, await empty.json()], [202, { results: [] }]);
});

test("what is no record is refused by name, and counted for its integration", async (t) => {
  const at = await serving(t);
  const table: readonly (readonly [body: string | Uint8Array, type: string, status: number, code: string])[] = [
    ["{", "application/json", 400, "unreadable"],
    ["", "application/json", 400, "unreadable"],
    [Buffer.from([0x22, 0xff, 0x22]), "application/json", 400, "unreadable"],
    [Buffer.alloc(10_000_001, 0x20), "application/json", 413, "too-large"],
    ["{}", "application/json; charset=nonsense", 415, "unsupported-type"],
    ["{}", "application/x-ndjson; charset=utf-16", 415, "unsupported-type"],
    ["id;total", "text/csv", 415, "unsupported-type"],
  ];
  for (const [body, type, status, code] of table) {
    const answer = await at.post(path, body, { "content-type": type });
    assert.deepEqual([answer.status, ((await answer.json()) as ErrorBody).error.code], [status, code], type);
  }
  assert.equal((await at.book()).refused, 5);
  const utf16 = await at.post(path, Buffer.from(order(1), "utf16le"), {
    "content-type": "application/json; charset=utf-16le",
  });
  assert.equal(utf16.status, 202);
});

test("an integration that is not there is named, with the one that was meant", async (t) => {
  const at = await serving(t);
  const answer = await at.post("/v1/integrations/ordrs/records", order(1), json);
  assert.equal(answer.status, 404);
  const { error } = (await answer.json()) as ErrorBody;
  assert.equal(error.code, "unknown-integration");
  assert.match(error.hint ?? "", /"orders"/);
  for (const name of ["__proto__", "constructor", "%00", "x".repeat(500)]) {
    assert.equal((await at.post(`/v1/integrations/${name}/records`, order(1), json)).status, 404, name);
  }
});
