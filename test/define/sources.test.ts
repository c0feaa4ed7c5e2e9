import assert from "node:assert/strict";
import { test } from "node:test";
import {
  csv,
  file,
  githubWebhooks,
  hmac,
  poll,
  push,
  type Source,
  secret,
  standardWebhooks,
  unverified,
  type WebhookOptions,
  webhook,
} from "waybill";
import type { PollDefinition, WebhookDefinition } from "../../src/define/source.ts";
import { refuses, seenAs, wrong } from "./refusal.ts";

const key = secret("SHOP_SECRET");
const hook = (options: object) => () => webhook("/a", seenAs<WebhookOptions>({ verify: unverified, ...options }));
const at = (path: unknown) => () => webhook(seenAs<"/a">(path), { verify: unverified });
const polled = (options: object) => () =>
  poll(wrong({ every: "5m", fetch: async () => ({ records: [], cursor: "" }), ...options }));
const badPath = (path: string) => ({
  name: `the path ${JSON.stringify(path)}`,
  made: at(path),
  says: `webhook(${JSON.stringify(path)}): its path cannot be one.`,
  hints: "between single slashes",
});

refuses([
  ...["/", "/a/", "//a", "/a//b", "/a b", "/a?b=1", "/a#b", "/a/../b", "/.", "/ä"].map(badPath),
  {
    name: "a path without its slash",
    made: at("shop/orders"),
    says: 'webhook("shop/orders"): its path does not begin with "/".',
    hints: 'Write "/shop/orders".',
  },
  {
    name: "a whole address as path",
    made: at("https://hooks.example/shop/orders"),
    says: 'webhook("https://hooks.example/shop/orders"): its path does not begin with "/".',
    hints: 'Write "/shop/orders".',
  },
  { name: "a path that is no text", made: at(undefined), says: "webhook(nothing): its path is not text." },
  ...["/v1", "/v1/orders", "/healthz", "/readyz", "/metrics"].map((path) => ({
    name: `the path ${path}, which the server answers itself,`,
    made: at(path),
    says: `webhook("${path}"): Waybill's own server answers /${path.split("/")[1]}.`,
  })),
  {
    name: "a webhook that does not say who may send",
    made: hook({ verify: undefined }),
    says: 'webhook("/a"): "verify" is missing.',
    hints: "or unverified when anybody may",
  },
  {
    name: "a webhook without options",
    made: () => webhook("/a", wrong(undefined)),
    says: 'webhook("/a"): "verify" is missing.',
  },
  {
    name: "a verifier that was not called",
    made: hook({ verify: standardWebhooks }),
    says: 'webhook("/a"): verify is a function.',
    hints: 'Such as standardWebhooks(secret("SHOP_WEBHOOK_SECRET")).',
  },
  { name: "a secret as verifier", made: hook({ verify: key }), says: 'webhook("/a"): verify is an object.' },
  {
    name: "a mistyped option",
    made: hook({ selekt: "a" }),
    says: 'webhook("/a"): there is no option "selekt".',
    hints: '"select"',
  },
  {
    name: "an empty part in a path",
    made: hook({ select: "data..order" }),
    says: 'webhook("/a"): select is "data..order", which is no path.',
  },
  {
    name: "split as a number",
    made: hook({ split: 2 }),
    says: 'webhook("/a"): split is 2, and a function is expected.',
  },
  {
    name: "an answer that makes the sender send again",
    made: hook({ respond: { status: 500 } }),
    says: 'webhook("/a"): respond.status is 500, and a whole number from 200 to 299 is expected.',
    hints: "send again what is already taken",
  },
  {
    name: "a mistyped part of the answer",
    made: hook({ respond: { stats: 200 } }),
    says: 'webhook("/a"): respond has no option "stats".',
  },
  {
    name: "an answer as a number",
    made: hook({ respond: 200 }),
    says: 'webhook("/a"): respond is 200, and a function is expected.',
  },
  { name: "a delivery without a name", made: hook({ delivery: "" }), says: 'webhook("/a"): delivery is empty.' },
  {
    name: "a body of no bytes",
    made: hook({ bodyBytesMax: 0 }),
    says: 'webhook("/a"): bodyBytesMax is 0, and a whole number from 1 to 100000000 is expected.',
  },
  {
    name: "a signing secret in the code, which is not repeated,",
    made: () => standardWebhooks(wrong("whsec_abc")),
    says: "standardWebhooks(): its secret is text, and a secret is expected.",
  },
  { name: "no signing secret", made: () => githubWebhooks(wrong([])), says: "githubWebhooks(): it has no secret." },
  {
    name: "a signing secret that may be absent",
    made: () => githubWebhooks(wrong(secret("A", { optional: true }))),
    says: 'githubWebhooks(): its secret is secret("A"), which may be absent, and it cannot do without.',
  },
  {
    name: "a tolerance that is no duration",
    made: () => standardWebhooks(key, { tolerance: wrong(300) }),
    says: "standardWebhooks(): tolerance is 300, which is not a duration.",
  },
  {
    name: "an HMAC in no header",
    made: () => hmac(key, wrong({})),
    says: 'hmac(): "header" is missing.',
    hints: "Name the header",
  },
  {
    name: "an HMAC in a header that cannot be",
    made: () => hmac(key, { header: "X Signature" }),
    says: 'hmac(): header is "X Signature", which cannot be the name of a header.',
  },
  {
    name: "an algorithm that is none of those",
    made: () => hmac(key, wrong({ header: "X", algorithm: "sha-256" })),
    says: 'hmac(): algorithm is "sha-256".',
    hints: 'Did you mean "sha256"?',
  },
  {
    name: "an encoding that is none of those",
    made: () => hmac(key, wrong({ header: "X", encoding: "utf8" })),
    says: 'hmac(): encoding is "utf8".',
    hints: "The choices are: hex, base64, base64url.",
  },
  {
    name: "a tolerance of a time that nobody sends",
    made: () => hmac(key, { header: "X", tolerance: "5m" }),
    says: "hmac(): tolerance says how old a message may be, and without timestampHeader nobody knows.",
  },
  {
    name: "a prefix that is no text",
    made: () => hmac(key, wrong({ header: "X", prefix: 1 })),
    says: "hmac(): prefix is 1, and text is expected.",
  },
  {
    name: "a poll without options",
    made: () => poll(wrong(undefined)),
    says: "poll(): its options are nothing, and an object is expected.",
  },
  {
    name: "a poll without a schedule",
    made: polled({ every: undefined }),
    says: "poll(): it has no schedule.",
    hints: 'every: "5m"',
  },
  {
    name: "a poll with two schedules",
    made: polled({ cron: "* * * * *" }),
    says: "poll(): it has two schedules, every and cron.",
  },
  { name: "a poll without fetch", made: polled({ fetch: undefined }), says: 'poll(): "fetch" is missing.' },
  {
    name: "a mistyped option of a poll",
    made: polled({ zon: "UTC" }),
    says: 'poll(): there is no option "zon".',
    hints: '"zone"',
  },
  {
    name: "a poll's name that cannot be",
    made: polled({ name: "Recent ones" }),
    says: 'poll(): "Recent ones" cannot be a name.',
    hints: '"recent-ones"',
  },
  {
    name: "an interval that is none",
    made: polled({ name: "recent", every: "5 min" }),
    says: 'poll "recent": every is "5 min", which is not a duration.',
  },
  {
    name: "an interval of no time",
    made: polled({ every: "0s" }),
    says: 'poll(): every is "0s", and from "10ms" to "366d" is expected.',
  },
  {
    name: "a zone for an interval",
    made: polled({ zone: "UTC" }),
    says: "poll(): zone belongs to cron, and there is only every.",
  },
  {
    name: "a cron expression that is none",
    made: polled({ every: undefined, cron: "61 * * * *" }),
    says: 'poll(): cron is "61 * * * *", which cannot be read: Invalid value for minute: 61.',
    hints: '"*/10 * * * *" is every ten minutes',
  },
  {
    name: "a cron expression in words",
    made: polled({ every: undefined, cron: "@daily" }),
    says: 'poll(): cron is "@daily", and five fields are expected.',
  },
  {
    name: "a day that never comes",
    made: polled({ every: undefined, cron: "0 0 30 2 *" }),
    says: 'poll(): cron is "0 0 30 2 *", a time that never comes.',
  },
  {
    name: "a zone that there is not",
    made: polled({ every: undefined, cron: "0 6 * * *", zone: "Mars" }),
    says: 'poll(): zone is "Mars", which is no time zone.',
    hints: 'Write it as in "UTC", "Australia/Perth" or "Europe/Berlin".',
  },
  {
    name: "a fetch that has been made already",
    made: polled({ fetch: Promise.resolve() }),
    says: "poll(): fetch is a promise, and a function is expected.",
  },
  { name: "a file without a glob", made: () => file("", { format: csv() }), says: 'file(""): its glob is empty.' },
  {
    name: "a file without a format",
    made: () => file("*.csv", wrong({})),
    says: 'file("*.csv"): "format" is missing.',
  },
  {
    name: "a format as text",
    made: () => file("*.csv", wrong({ format: "csv" })),
    says: 'file("*.csv"): format is "csv".',
    hints: "csv(…)",
  },
  {
    name: "a delimiter of two characters",
    made: () => csv({ delimiter: "||" }),
    says: 'csv(): delimiter is "||", and one character is expected.',
  },
  {
    name: "an encoding that nobody can read",
    made: () => csv({ encoding: "latin-99" }),
    says: 'csv(): encoding is "latin-99", which nobody here can read.',
  },
]);

const webhookOf = (options: Partial<WebhookOptions>): WebhookDefinition =>
  seenAs<WebhookDefinition>(webhook("/shop/orders", { verify: unverified, ...options }));

test("what is left out gets its default", () => {
  assert.deepEqual(webhookOf({}), {
    kind: "webhook",
    path: "/shop/orders",
    verify: { kind: "unverified" },
    select: undefined,
    split: undefined,
    respond: undefined,
    delivery: undefined,
    bodyBytesMax: 1_000_000,
  });
  assert.deepEqual(push(), { kind: "push" });
  assert.deepEqual(file("*.csv", { format: csv() }), {
    kind: "file",
    glob: "*.csv",
    format: { kind: "csv", header: true, delimiter: "auto", encoding: "auto" },
  });
  assert.deepEqual(standardWebhooks(key), { kind: "standard", secrets: [key], toleranceMs: 300_000 });
  assert.deepEqual(githubWebhooks([key, key]), { kind: "github", secrets: [key, key] });
  assert.deepEqual(hmac(key, { header: "X-Signature", timestampHeader: "X-Time" }), {
    kind: "hmac",
    secrets: [key],
    header: "x-signature",
    algorithm: "sha256",
    encoding: "hex",
    prefix: "",
    timestampHeader: "x-time",
    toleranceMs: 300_000,
  });
});

test("select reads what a body has of its own, and nothing that it inherits", () => {
  const select = (path: string) => webhookOf({ select: path }).select;
  const body = JSON.parse('{"data": {"orders": [{"id": 1}], "__proto__": {"id": 2}}}');
  assert.deepEqual(select("data.orders.0")?.(body), { id: 1 });
  assert.deepEqual(select("data.__proto__")?.(body), { id: 2 });
  for (const path of ["data.constructor", "data.orders.length.x", "toString", "data.orders.7", "a.b.c"]) {
    assert.equal(select(path)?.(body), undefined, path);
  }
  for (const nothing of [null, 7, "text", undefined]) assert.equal(select("data")?.(nothing), undefined);
});

test("split takes the list at a path, and says what stands there instead", () => {
  const { split } = webhookOf({ split: "items" });
  assert.deepEqual(split?.({ items: [1, 2] }), [1, 2]);
  assert.throws(() => split?.({ items: { 0: 1 } }), /there is an object at "items", and a list is expected/);
  assert.throws(() => split?.({}), /there is nothing at "items", and a list is expected/);
});

test("an answer and a delivery's header may be said instead of made", () => {
  const { respond, delivery } = webhookOf({ respond: { status: 200, body: "" }, delivery: "X-Delivery" });
  assert.deepEqual(respond?.({ records: [] }), { status: 200, body: "" });
  assert.equal(delivery?.({ headers: { "x-delivery": "d-1" }, body: {} }), "d-1");
  assert.equal(delivery?.({ headers: {}, body: {} }), undefined);
});

test("a poll runs by interval or by cron in a zone", () => {
  const schedule = (source: Source) => seenAs<PollDefinition>(source).schedule;
  assert.deepEqual(schedule(polled({})()), { everyMs: 300_000 });
  assert.deepEqual(schedule(polled({ every: undefined, cron: "0 6 * * 1-5" })()), { cron: "0 6 * * 1-5", zone: "UTC" });
  const berlin = { every: undefined, cron: "*/30 0 6 * * MON", zone: "Europe/Berlin" };
  assert.deepEqual(schedule(polled(berlin)()), { cron: "*/30 0 6 * * MON", zone: "Europe/Berlin" });
});
