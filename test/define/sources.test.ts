import assert from "node:assert/strict";
import { test } from "node:test";
import {
  apiKey,
  basic,
  basicWebhooks,
  bearer,
  bearerWebhooks,
  csv,
  file,
  githubWebhooks,
  hmac,
  hubspotWebhooks,
  paypalWebhooks,
  poll,
  push,
  type Source,
  secret,
  slack,
  squareWebhooks,
  standardWebhooks,
  stripeWebhooks,
  twilioWebhooks,
  unverified,
  type WebhookOptions,
  webhook,
  xeroWebhooks,
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
    name: "pairs and a prefix",
    made: () => hmac(key, { header: "X", prefix: "v1=", pairs: { signature: "v1" } }),
    says: "hmac(): it has pairs and a prefix, and a header is written in one way.",
  },
  {
    name: "pairs without a signature",
    made: () => hmac(key, wrong({ header: "X", pairs: { time: "t" } })),
    says: 'hmac(): "pairs.signature" is missing.',
  },
  {
    name: "a mistyped part of pairs",
    made: () => hmac(key, wrong({ header: "X", pairs: { signature: "v1", timestamp: "t" } })),
    says: 'hmac(): pairs has no option "timestamp".',
  },
  {
    name: "a time from two places",
    made: () => hmac(key, { header: "X", timestampHeader: "X-Time", pairs: { signature: "v1", time: "t" } }),
    says: "hmac(): the time would come from pairs.time and from timestampHeader.",
  },
  {
    name: "a time that is sent and not signed",
    made: () => hmac(key, { header: "X", timestampHeader: "X-Time", signed: "{body}" }),
    says: "hmac(): the time is not in signed, so whoever sends an old message again could change it.",
    hints: '"{time}.{body}"',
  },
  {
    name: "a time that is signed and not sent",
    made: () => hmac(key, { header: "X", signed: "{time}.{body}" }),
    says: "hmac(): signed has {time}, and nobody knows where it comes from.",
    hints: "timestampHeader",
  },
  {
    name: "a mistyped part of what is signed",
    made: () => hmac(key, { header: "X", signed: "{time}.{bdy}" }),
    says: "hmac(): signed has a part {bdy} that nobody knows.",
    hints: 'Did you mean "body"? A header is {header.X-Event-Id}.',
  },
  {
    name: "a signature that does not sign the body",
    made: () => hmac(key, { header: "X", signed: "{header.X-Id}" }),
    says: 'hmac(): signed is "{header.X-Id}": the body is not in it, so anybody could change it.',
  },
  {
    name: "a signature over the body twice",
    made: () => hmac(key, { header: "X", signed: "{body}{body}" }),
    says: 'hmac(): signed is "{body}{body}": the body is in it twice.',
  },
  {
    name: "a format of a time that nobody sends",
    made: () => hmac(key, { header: "X", timestampFormat: "iso" }),
    says: "hmac(): timestampFormat says how a time is written, and without timestampHeader there is none.",
  },
  {
    name: "a format that is none of those",
    made: () => hmac(key, wrong({ header: "X", timestampHeader: "X-Time", timestampFormat: "millis" })),
    says: 'hmac(): timestampFormat is "millis".',
  },
  {
    name: "an address that is signed and not said",
    made: () => hmac(key, { header: "X", signed: "{url}{body}" }),
    says: 'hmac(): "url" is missing, and it is part of what is signed.',
  },
  {
    name: "an address that is said and not signed",
    made: () => hmac(key, { header: "X", url: "https://hooks.example/a" }),
    says: "hmac(): url is given, and signed has no {url}.",
  },
  {
    name: "a kind of key that is none of those",
    made: () => hmac(key, wrong({ header: "X", key: "base46" })),
    says: 'hmac(): key is "base46".',
    hints: 'Did you mean "base64"?',
  },
  {
    name: "Square without the address it calls",
    made: () => squareWebhooks(key, wrong(undefined)),
    says: 'squareWebhooks(): "url" is missing, and it is part of what is signed.',
    hints: "As it stands in the sender's settings",
  },
  {
    name: "Twilio with an address and its query",
    made: () => twilioWebhooks(key, { url: "https://hooks.example/sms?a=1" }),
    says: 'twilioWebhooks(): url is "https://hooks.example/sms?a=1", with a query.',
    hints: "it is taken from each request",
  },
  {
    name: "HubSpot with a path alone",
    made: () => hubspotWebhooks(key, { url: "/hubspot" }),
    says: 'hubspotWebhooks(): url is "/hubspot", which is no address to call.',
  },
  {
    name: "a mistyped option of HubSpot",
    made: () => hubspotWebhooks(key, wrong({ url: "https://hooks.example/h", tolerence: "1m" })),
    says: 'hubspotWebhooks(): there is no option "tolerence".',
    hints: '"tolerance"',
  },
  {
    name: "a mistyped option of Stripe",
    made: () => stripeWebhooks(key, wrong({ tollerance: "1m" })),
    says: 'stripeWebhooks(): there is no option "tollerance".',
    hints: '"tolerance"',
  },
  {
    name: "a list with something else than secrets",
    made: () => xeroWebhooks(wrong([key, "old"])),
    says: "xeroWebhooks(): its secret is text, and a secret is expected.",
  },
  {
    name: "PayPal's webhook id as text",
    made: () => paypalWebhooks(wrong("1JE4291016473214C")),
    says: "paypalWebhooks(): its webhook id is text, and a secret is expected.",
  },
  {
    name: "PayPal without a webhook id",
    made: () => paypalWebhooks(wrong([])),
    says: "paypalWebhooks(): it has no webhook id.",
  },
  {
    name: "a password without a user",
    made: () => basicWebhooks(wrong({ password: key })),
    says: 'basicWebhooks(): "user" is missing.',
  },
  {
    name: "a user with a colon",
    made: () => basicWebhooks({ user: "a:b", password: key }),
    says: "basicWebhooks(): its user has a colon, which separates user and password on the way.",
  },
  {
    name: "a token in a header that cannot be",
    made: () => bearerWebhooks(key, { header: "X Token" }),
    says: 'bearerWebhooks(): header is "X Token", which cannot be the name of a header.',
  },
  ...(
    [
      ["bearer", bearer(key), "bearerWebhooks(secret(…))"],
      ["basic", basic("a", key), "basicWebhooks({ user, password: secret(…) })"],
      ["apiKey", apiKey(key), 'bearerWebhooks(secret(…), { header: "X-API-Key" })'],
      ["slack", slack(secret("SLACK_URL")), "slackWebhooks(secret(…))"],
    ] as const
  ).map(([name, verify, hints]) => ({
    name: `${name}(), which is for what goes out,`,
    made: hook({ verify }),
    says: `webhook("/a"): verify is ${name}(), which is not for what comes in.`,
    hints,
  })),
  {
    name: "an address that is none",
    made: hook({ from: ["192.0.2.7", "hooks.example"] }),
    says: 'webhook("/a"): from[1] is "hooks.example", which is no address and no range of them.',
    hints: '"198.51.100.0/24"',
  },
  {
    name: "a range that is too wide to be one",
    made: hook({ from: ["192.0.2.0/33"] }),
    says: 'webhook("/a"): from[0] is "192.0.2.0/33", which is no address and no range of them.',
  },
  {
    name: "a short form of an address",
    made: hook({ from: ["10.1"] }),
    says: 'webhook("/a"): from[0] is "10.1", which is no address and no range of them.',
  },
  {
    name: "every address",
    made: hook({ from: ["0.0.0.0/0"] }),
    says: 'webhook("/a"): from[0] is "0.0.0.0/0": that is every address.',
    hints: "Leave from out.",
  },
  { name: "no address", made: hook({ from: [] }), says: 'webhook("/a"): from is empty, so nobody could send.' },
  {
    name: "an address alone",
    made: hook({ from: "192.0.2.7" }),
    says: 'webhook("/a"): from is "192.0.2.7", and a list of addresses is expected.',
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
    from: undefined,
    select: undefined,
    split: undefined,
    respond: undefined,
    delivery: undefined,
    bodyBytesMax: 1_000_000,
    load: undefined,
    tenant: undefined,
  });
  assert.deepEqual(push(), { kind: "push" });
  assert.deepEqual(file("*.csv", { format: csv() }), {
    kind: "file",
    glob: "*.csv",
    format: {
      kind: "csv",
      header: true,
      delimiter: "auto",
      quote: '"',
      escape: "double",
      skipLines: 0,
      encoding: "auto",
      rowBytesMax: 1_000_000,
    },
    settleMs: 3_000,
    ready: undefined,
    after: "keep",
    brokenAtMost: { share: 0.5 },
    everyMs: 1_000,
    outside: false,
    name: undefined,
  });
  assert.deepEqual(hmac(key, { header: "X-Signature", timestampHeader: "X-Time" }), {
    kind: "hmac",
    sender: undefined,
    secrets: [key],
    header: "x-signature",
    algorithm: "sha256",
    encoding: "hex",
    written: { as: "whole", prefix: "" },
    signed: [{ kind: "time" }, { kind: "text", text: "." }, { kind: "body" }],
    time: { header: "x-time", format: "seconds" },
    key: "text",
    url: undefined,
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
