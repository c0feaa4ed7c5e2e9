// What is kept of a refused delivery helps whoever looks for the reason, and gives no secret away.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  basicWebhooks,
  bearerWebhooks,
  graphWebhooks,
  hmac,
  type Integration,
  integration,
  secret,
  type Verifier,
  webhook,
} from "waybill";
import { z } from "zod";
import { type ErrorBody, serving } from "./serving.ts";

const env = { NEW: "the new secret of them", OLD: "the old secret of them", SHOP_SECRET: "whsec_c2VjcmV0c2VjcmV0" };
const rotating = [secret("NEW"), secret("OLD")] as const;

const taking = (name: string, verify: Verifier): Integration =>
  integration(name, {
    source: webhook(`/${name}`, { verify, bodyBytesMax: 5_000 }),
    contract: z.object({ id: z.string() }),
    identify: ({ id }) => ({ id }),
    async deliver() {},
  });

interface Refused {
  readonly source: string;
  readonly reason: string;
  readonly count: number;
  readonly firstAt: string;
  readonly lastAt: string;
  readonly sample: string;
}

const integrations = [
  taking("password", basicWebhooks({ user: "erp", password: rotating })),
  taking("token", bearerWebhooks(rotating)),
  taking("graph", graphWebhooks(rotating)),
  taking("signed", hmac(rotating, { header: "X-Sig" })),
];

test("no secret is in a sample, whichever way it comes: in a header, in the address, in the body or cut in two", async (t) => {
  const at = await serving(t, { env, integrations });
  const json = { "content-type": "application/json", cookie: "session=cookie-of-a-person" };
  const basic = (text: string): string => `Basic ${Buffer.from(text).toString("base64")}`;
  await at.post("/password", "{}", { ...json, authorization: basic("erp:a stale secret of them") });
  await at.post("/token?key=in-the-address", "{}", { ...json, authorization: "Bearer a stale secret of them" });
  const states = JSON.stringify({ value: [{ clientState: env.NEW }, { clientState: "?" }] });
  await at.post("/graph", states, json);
  const long = JSON.stringify({ id: "x".repeat(1_700), echoed: env.OLD, more: `${"y".repeat(100)}${env.OLD}` });
  await at.post("/signed", long, { ...json, "x-sig": "ab".repeat(32) });
  const { refusals } = (await (await at.get("/v1/refusals")).json()) as { refusals: Refused[] };
  assert.equal(refusals.length, 4);
  const stored = await at.assembly.ledger.refusals(undefined);
  const given = JSON.stringify([refusals, stored]);
  const hidden = [env.NEW, env.OLD, "stale secret", "cookie-of-a-person", "in-the-address", "ab".repeat(8)];
  for (const text of [
    ...hidden,
    env.OLD.slice(0, 15),
    Buffer.from("erp:a stale secret").toString("base64").slice(0, 20),
  ])
    assert.ok(!given.includes(text), `${text} is in ${given}`);
  const sampleOf = (source: string): string => refusals.find((one) => one.source === source)?.sample ?? "";
  assert.match(sampleOf("webhook:/token"), /^POST \/token\?\(18 characters\) from 127\.0\.0\.1\n/);
  assert.match(sampleOf("webhook:/password"), /\nauthorization: \(\d+ characters\)\n/);
  assert.match(sampleOf("webhook:/graph"), /clientState":"\[secret NEW\]/);
  assert.match(sampleOf("webhook:/signed"), /\ncontent-type: application\/json\n/);
  assert.match(sampleOf("webhook:/signed"), /\nx-sig: \(64 characters\)\n/);
});

test("refusals are grouped by source and reason, and asked for by integration", async (t) => {
  const at = await serving(t, { env, integrations });
  for (const body of ["{}", "[]", "7"]) await at.post("/signed", body, { "x-sig": "00" });
  await at.post("/signed", "{}");
  await at.post("/token", "{}");
  const asked = async (query: string): Promise<(string | number)[][]> => {
    const { refusals } = (await (await at.get(`/v1/refusals${query}`)).json()) as { refusals: Refused[] };
    for (const { firstAt, lastAt } of refusals) assert.ok(firstAt <= lastAt && !Number.isNaN(Date.parse(firstAt)));
    return refusals.map(({ source, reason, count }) => [source, reason, count]).sort();
  };
  const signed = [
    ["webhook:/signed", "bad-signature", 3],
    ["webhook:/signed", "missing-signature", 1],
  ];
  const token = ["webhook:/token", "missing-credentials", 1];
  assert.deepEqual(await asked(""), [...signed, token]);
  assert.deepEqual(await asked("?integration=signed"), signed);
  assert.deepEqual(await asked("?integration=token"), [token]);
  assert.deepEqual(await asked("?source=webhook:/signed"), signed);
  const mistyped = await at.get("/v1/refusals?integration=singed");
  assert.equal(mistyped.status, 404);
  assert.match(((await mistyped.json()) as ErrorBody).error.hint ?? "", /"signed"/);
});
