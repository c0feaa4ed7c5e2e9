// Every sender that is known by name: what it publishes is believed, and nothing that differs from it.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  basicWebhooks,
  bearerWebhooks,
  githubWebhooks,
  graphWebhooks,
  hubspotWebhooks,
  secret,
  shopifyWebhooks,
  slackWebhooks,
  squareWebhooks,
  standardWebhooks,
  stripeWebhooks,
  twilioWebhooks,
  type Verifier,
  xeroWebhooks,
  zendeskWebhooks,
} from "waybill";
import type { SignatureProblem } from "../../src/sources/proof.ts";
import { verify } from "../../src/sources/signature.ts";

const one = secret("ONE");
const two = secret("TWO");
const json = "application/json";
const form = "application/x-www-form-urlencoded";

interface Known {
  readonly name: string;
  /** Where the values come from. */
  readonly source: string;
  readonly by: (secrets: Parameters<typeof githubWebhooks>[0]) => Verifier;
  readonly secret: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly query?: string;
  readonly body: string;
  /** The header that has the signature, and what stands around it. */
  readonly signature: string;
  readonly sentAtMs?: number;
}

const slackBody =
  "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar" +
  "&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com" +
  "%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN" +
  "&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
const twilioUrl = "https://mycompany.com/myapp.php";
const twilioForm = "CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212";
const twilioSdk = "github.com/twilio/twilio-python tests/unit/test_request_validator.py";
const twilioBodyHash = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620";
/** Where nobody publishes a vector: printf '%s' "$signed" | openssl dgst -sha256 -hmac "$secret" -binary | base64 (or -hex). */
const openssl = "openssl dgst -sha256 -hmac";

const published: readonly Known[] = [
  {
    name: "standard",
    source: "docs.svix.com/receiving/verifying-payloads/how-manual",
    by: standardWebhooks,
    secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    headers: {
      "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
      "webhook-timestamp": "1614265330",
      "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    },
    body: '{"test": 2432232314}',
    signature: "webhook-signature",
    sentAtMs: 1_614_265_330_000,
  },
  {
    name: "github",
    source: "docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries",
    by: githubWebhooks,
    secret: "It's a Secret to Everybody",
    headers: { "x-hub-signature-256": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17" },
    body: "Hello, World!",
    signature: "x-hub-signature-256",
  },
  {
    name: "stripe",
    source: openssl,
    by: stripeWebhooks,
    secret: "whsec_test_5uYk1",
    headers: {
      "stripe-signature": "t=1700000000,v1=8251a800ff43fb4ca6d779ae6257f4080b6bcdc2c9301f9b940aafb79c09a708,v0=6f",
    },
    body: '{"id":"evt_1","object":"event"}',
    signature: "stripe-signature",
    sentAtMs: 1_700_000_000_000,
  },
  {
    name: "shopify",
    source: openssl,
    by: shopifyWebhooks,
    secret: "hush",
    headers: { "x-shopify-hmac-sha256": "YBwnJ9vsibq7srObgXybmGHWuwos+jDEL//7749XS78=" },
    body: '{"id":820982911946154508,"name":"#9999"}',
    signature: "x-shopify-hmac-sha256",
  },
  {
    name: "slack",
    source: "docs.slack.dev/authentication/verifying-requests-from-slack",
    by: slackWebhooks,
    secret: "8f742231b10e8888abcd99yyyzzz85a5",
    headers: {
      "content-type": form,
      "x-slack-request-timestamp": "1531420618",
      "x-slack-signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
    },
    body: slackBody,
    signature: "x-slack-signature",
    sentAtMs: 1_531_420_618_000,
  },
  {
    name: "xero",
    source: openssl,
    by: xeroWebhooks,
    secret: "OSd0eLlVIY9ZhViEqlDUh4+6n6M=",
    headers: { "x-xero-signature": "0nOUU13dDPXdcKDW1WBKvIUq875VWhVJ8WijB4dCczU=" },
    body: '{"events":[],"lastEventSequence":0,"firstEventSequence":0,"entropy":"S0m3r4Nd0mt3xt"}',
    signature: "x-xero-signature",
  },
  {
    name: "hubspot",
    source: "github.com/HubSpot/hubspot-api-python tests/unit/utils/test_signature.py",
    by: (secrets) => hubspotWebhooks(secrets, { url: "https://www.example.com/webhook_uri" }),
    secret: "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy",
    headers: {
      "x-hubspot-request-timestamp": "1693657560000",
      "x-hubspot-signature-v3": "K36dawei4A+QBNolUOqo7s91KQDWQ5MXZ/QufNYuk/Y=",
    },
    body: "{'example_field':'example_value'}",
    signature: "x-hubspot-signature-v3",
    sentAtMs: 1_693_657_560_000,
  },
  {
    name: "square",
    source: "developer.squareup.com/docs/webhooks/step3validate",
    by: (secrets) => squareWebhooks(secrets, { url: "https://example.com/webhook" }),
    secret: "asdf1234",
    headers: { "x-square-hmacsha256-signature": "2kRE5qRU2tR+tBGlDwMEw2avJ7QM4ikPYD/PJ3bd9Og=" },
    body: '{"hello":"world"}',
    signature: "x-square-hmacsha256-signature",
  },
  {
    name: "zendesk",
    source: `${openssl}, with the static secret and the time of developer.zendesk.com/documentation/webhooks/verifying`,
    by: zendeskWebhooks,
    secret: "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ==",
    headers: {
      "x-zendesk-webhook-signature-timestamp": "2021-03-25T05:09:27Z",
      "x-zendesk-webhook-signature": "S/RDdU2ERmj7LHDDoWJ2onPYH+t7/f2+LTM4dL7UiLM=",
    },
    body: '{"event":"ticket.updated","id":123}',
    signature: "x-zendesk-webhook-signature",
    sentAtMs: Date.parse("2021-03-25T05:09:27Z"),
  },
  {
    name: "twilio, a form",
    source: twilioSdk,
    by: (secrets) => twilioWebhooks(secrets, { url: twilioUrl }),
    secret: "12345",
    headers: { "content-type": form, "x-twilio-signature": "RSOYDt4T1cUTdK1PDd93/VVr8B8=" },
    query: "?foo=1&bar=2",
    body: twilioForm,
    signature: "x-twilio-signature",
  },
  {
    name: "twilio, a form, its port signed too",
    source: twilioSdk,
    by: (secrets) => twilioWebhooks(secrets, { url: twilioUrl }),
    secret: "12345",
    headers: { "content-type": form, "x-twilio-signature": "kvajT1Ptam85bY51eRf/AJRuM3w=" },
    query: "?foo=1&bar=2",
    body: twilioForm,
    signature: "x-twilio-signature",
  },
  {
    name: "twilio, a form, called at a port that is not signed",
    source: twilioSdk,
    by: (secrets) => twilioWebhooks(secrets, { url: "https://mycompany.com:1234/myapp.php" }),
    secret: "12345",
    headers: { "content-type": form, "x-twilio-signature": "RSOYDt4T1cUTdK1PDd93/VVr8B8=" },
    query: "?foo=1&bar=2",
    body: twilioForm,
    signature: "x-twilio-signature",
  },
  {
    name: "twilio, a field that stands there three times",
    source: "github.com/twilio/twilio-php tests/Twilio/Unit/Security/RequestValidatorTest.php",
    by: (secrets) => twilioWebhooks(secrets, { url: twilioUrl }),
    secret: "12345",
    headers: { "content-type": form, "x-twilio-signature": "IK+Dwps556ElfBT0I3Rgjkr1wJU=" },
    query: "?foo=1&bar=2",
    body: "Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234&Digits=1234",
    signature: "x-twilio-signature",
  },
  {
    name: "twilio, JSON",
    source: twilioSdk,
    by: (secrets) => twilioWebhooks(secrets, { url: twilioUrl }),
    secret: "12345",
    headers: { "content-type": json, "x-twilio-signature": "a9nBmqA0ju/hNViExpshrM61xv4=" },
    query: `?foo=1&bar=2&bodySHA256=${twilioBodyHash}`,
    body: '{"property": "value", "boolean": true}',
    signature: "x-twilio-signature",
  },
  {
    name: "twilio, by its Webhooks Rules",
    source: openssl,
    by: (secrets) => twilioWebhooks(secrets, { url: twilioUrl }),
    secret: "a shared key",
    headers: {
      "content-type": form,
      "x-twilio-webhooks-signature-settings": "key=CR1,algorithm=HMAC_SHA256",
      "x-twilio-signature": "u5H1BDDN/ElsniAKXv/d64ugNa/a9mIOnAl6Swo/em4=",
    },
    query: "?foo=1&bar=2",
    body: twilioForm,
    signature: "x-twilio-signature",
  },
];

interface Change {
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly query?: string;
  readonly body?: string | Uint8Array;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly afterMs?: number;
}

function tell(known: Known, change: Change = {}): SignatureProblem | undefined {
  const delivery = {
    headers: { ...known.headers, ...change.headers },
    query: change.query ?? known.query ?? "",
    body: Buffer.from(change.body ?? known.body),
  };
  const secrets = change.secrets ?? { ONE: known.secret };
  const nowMs = (known.sentAtMs ?? 0) + (change.afterMs ?? 0);
  return verify(known.by([one, two]), delivery, (name) => secrets[name], nowMs);
}

for (const known of published) {
  const { name, headers, signature, body } = known;
  const value = headers[signature] ?? "";

  test(`${name}: what ${known.source} says is believed`, () => {
    assert.equal(tell(known), undefined);
  });

  test(`${name}: during a rotation either secret is believed, and no third one`, () => {
    assert.equal(tell(known, { secrets: { ONE: "a new secret", TWO: known.secret } }), undefined);
    assert.equal(tell(known, { secrets: { ONE: known.secret, TWO: "an old secret" } }), undefined);
    assert.equal(tell(known, { secrets: { TWO: known.secret } }), undefined);
    assert.equal(tell(known, { secrets: { ONE: "a new secret", TWO: "an old secret" } }), "bad-signature");
    for (const secrets of [{}, { ONE: "" }, { ONE: "", TWO: "" }])
      assert.throws(() => tell(known, { secrets }), { code: "secret-missing" });
  });

  test(`${name}: a signature that was cut, stretched, doubled or written otherwise is none`, () => {
    const hexOf = Buffer.from(value, "base64").toString("hex");
    const forged = [
      value.slice(0, -2),
      value.slice(0, value.length / 2),
      `${value}AA`,
      `${value}, ${value}`,
      `${value}\u00e9`,
      value.replace(/[0-9a-f](?=[^0-9a-f]*$)/i, (last) => (last === "0" ? "1" : "0")),
      hexOf,
      "v1,",
      "sha256=",
      "=",
      ",",
    ];
    for (const one of forged.filter((text) => text !== value && !isStillWhole(known, text))) {
      const problem = tell(known, { headers: { [signature]: one } });
      assert.ok(problem === "bad-signature" || problem === "missing-signature", `${one} is ${problem}`);
    }
    for (const nothing of [undefined, "", " "])
      assert.equal(tell(known, { headers: { [signature]: nothing } }), "missing-signature");
  });

  test(`${name}: no other body passes, not even one that reads alike`, () => {
    const bytes = Buffer.from(body);
    const others: (string | Uint8Array)[] = [
      "",
      `${body} `,
      `\ufeff${body}`,
      `${body}\0`,
      body.slice(0, -1),
      Buffer.concat([bytes.subarray(0, 3), Buffer.from([0xff]), bytes.subarray(3)]),
      body.toUpperCase(),
    ];
    for (const other of others) {
      const problem = tell(known, { body: other });
      assert.ok(problem === "bad-signature" || problem === "missing-signature", `${String(other)} is ${problem}`);
    }
  });

  if (known.sentAtMs === undefined) {
    test(`${name}: no time is signed, so age does not matter`, () => {
      assert.equal(tell(known, { afterMs: 366 * 86_400_000 }), undefined);
    });
  } else {
    test(`${name}: five minutes on either side are let pass, and a changed time is not`, () => {
      assert.equal(tell(known, { afterMs: 300_000 }), undefined);
      assert.equal(tell(known, { afterMs: 300_001 }), "too-old");
      assert.equal(tell(known, { afterMs: -300_001 }), "too-new");
      for (const header of Object.keys(headers).filter((one) => /timestamp/.test(one))) {
        assert.equal(tell(known, { headers: { [header]: undefined } }), "missing-signature");
        assert.equal(tell(known, { headers: { [header]: `${headers[header]}, ${headers[header]}` } }), "bad-signature");
      }
    });
  }
}

/** The list of Standard Webhooks and the pairs of Stripe may have more in them, as long as a whole signature is there. */
function isStillWhole({ name, headers, signature }: Known, text: string): boolean {
  const value = headers[signature] ?? "";
  if (name === "standard") return text.split(" ").includes(value);
  return name === "stripe" && text.split(",").includes(value.split(",")[1] ?? "");
}

const knownAs = (name: string): Known => published.find((known) => known.name === name) as Known;

test("stripe: one of several signatures is enough, and two times are none", () => {
  const stripe = knownAs("stripe");
  const [time = "", good = ""] = (stripe.headers["stripe-signature"] ?? "").split(",");
  const told = (value: string): SignatureProblem | undefined =>
    tell(stripe, { headers: { "stripe-signature": value } });
  assert.equal(told(`${time},v1=${"00".repeat(32)},${good}`), undefined, "a secret that is being rolled");
  assert.equal(told(`${good}, ${time}`), undefined);
  assert.equal(told(`${time},${good},${time}`), "bad-signature", "a header sent twice");
  assert.equal(told(`t=1700000001,${good},${time}`), "bad-signature");
  assert.equal(told(good), "missing-signature");
  assert.equal(told(`${time},${good.replace("v1", "v0")}`), "bad-signature", "a test signature");
});

test("hubspot: the address is signed with its query, a few characters decoded", () => {
  const hubspot = knownAs("hubspot");
  assert.equal(tell(hubspot, { query: "?a=1" }), "bad-signature");
  // printf '%s' "POSThttps://www.example.com/webhook_uri?to=a@b.example%20c{}1693657560000" | openssl dgst -sha256 -hmac …
  const headers = { "x-hubspot-signature-v3": "Q2KV5R4kNzEcbK7zkpCDasjj0d2CJ6ovlA+BRtCdJzs=" };
  assert.equal(tell(hubspot, { headers, body: "{}", query: "?to=a%40b.example%20c" }), undefined);
});

test("twilio: a body is only believed when it is signed", () => {
  const twilio = knownAs("twilio, JSON");
  assert.equal(tell(twilio, { query: "?foo=1&bar=2" }), "missing-signature", "JSON without its hash");
  assert.equal(tell(knownAs("twilio, a form"), { headers: { "content-type": json } }), "missing-signature");
  assert.equal(tell(knownAs("twilio, a form"), { query: "?foo=1&bar=3" }), "bad-signature");
});

test("graph: every notification has to carry the clientState", () => {
  const states = (...values: unknown[]): string =>
    JSON.stringify({ value: values.map((clientState) => ({ clientState })) });
  const told = (body: string): SignatureProblem | undefined =>
    verify(
      graphWebhooks([one, two]),
      { headers: {}, query: "", body: Buffer.from(body) },
      (name) => ({ ONE: "new state", TWO: "old state" })[name],
      0,
    );
  assert.equal(told(states("new state", "old state")), undefined);
  assert.equal(told(states("new state", "another")), "wrong-credentials");
  assert.equal(told(states("new state ")), "wrong-credentials");
  for (const body of [
    states(),
    states("new state", undefined),
    states("new state", ["new state"]),
    '{"value":[null]}',
    '{"value":{"clientState":"new state"}}',
    '[{"clientState":"new state"}]',
    "",
    "{",
    '{"value":[{"clientState":"another","clientState":"new state"}]}',
    "[".repeat(100_000),
  ])
    assert.equal(told(body), "missing-credentials", body.slice(0, 60));
});

test("a password or a token is believed as a whole, while another one replaces it too", () => {
  const told = (by: Verifier, headers: Record<string, string>): SignatureProblem | undefined =>
    verify(
      by,
      { headers, query: "", body: Buffer.from("{}") },
      (name) => ({ ONE: "pässword:1", TWO: "old password", USER: "erp" })[name],
      0,
    );
  const basic = (text: string): Record<string, string> => ({
    authorization: `Basic ${Buffer.from(text).toString("base64")}`,
  });
  for (const user of ["erp", secret("USER")]) {
    const by = basicWebhooks({ user, password: [one, two] });
    assert.equal(told(by, basic("erp:pässword:1")), undefined);
    assert.equal(told(by, basic("erp:old password")), undefined);
    for (const wrong of [
      "erp:",
      "erp",
      ":pässword:1",
      "erp:pässword",
      "Erp:pässword:1",
      "erp:pässword:1\0",
      "erp:pässword:1 ",
    ])
      assert.equal(told(by, basic(wrong)), "wrong-credentials", wrong);
    for (const nothing of [{}, { authorization: "Basic" }, { authorization: "Basic !" }, { authorization: "Bearer x" }])
      assert.equal(told(by, nothing), "missing-credentials");
  }
  const bytes = Buffer.from("pässword:1").toString("latin1");
  const bearer = bearerWebhooks([one, two]);
  assert.equal(told(bearer, { authorization: `Bearer ${bytes}` }), undefined);
  assert.equal(told(bearer, { authorization: "bearer old password" }), undefined);
  for (const wrong of ["Bearer old", "Bearer old password ", "Bearer old password, old password"])
    assert.equal(told(bearer, { authorization: wrong }), "wrong-credentials", wrong);
  for (const nothing of ["", "old password", "Bearer", "Basic b2xk"])
    assert.equal(told(bearer, { authorization: nothing }), "missing-credentials", nothing);
  const alone = bearerWebhooks(two, { header: "X-Gitlab-Token" });
  assert.equal(told(alone, { "x-gitlab-token": "old password" }), undefined);
  assert.equal(told(alone, { "x-gitlab-token": "old passwort" }), "wrong-credentials");
  assert.equal(told(alone, { authorization: "Bearer old password" }), "missing-credentials");
});
