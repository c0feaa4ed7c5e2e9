import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { secret } from "../../src/define/secret.ts";
import type { Verifier } from "../../src/define/source.ts";
import { githubWebhooks, hmac, standardWebhooks, unverified } from "../../src/define/verifier.ts";
import { WaybillError } from "../../src/model/errors.ts";
import { type SignatureProblem, verify } from "../../src/sources/signature.ts";

const one = secret("ONE");
const two = secret("TWO");

function look(
  verifier: Verifier,
  headers: Record<string, string>,
  body: string | Uint8Array,
  secrets: Record<string, string>,
  nowMs = 0,
): SignatureProblem | undefined {
  return verify(verifier, headers, Buffer.from(body), (name) => secrets[name], nowMs);
}

// The example of https://docs.svix.com/receiving/verifying-payloads/how-manual, which the standard took over.
const published = {
  secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
  body: '{"test": 2432232314}',
  headers: {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
  },
  nowMs: 1_614_265_330_000,
};

test("the published example of Standard Webhooks is believed, and nothing that differs from it", () => {
  const verifier = standardWebhooks(one);
  const { headers, body, nowMs } = published;
  const secrets = { ONE: published.secret };
  const tell = (change: Partial<typeof headers>, other = body, at = nowMs): SignatureProblem | undefined =>
    look(verifier, { ...headers, ...change }, other, secrets, at);
  assert.equal(tell({}), undefined);
  assert.equal(
    tell({ "webhook-signature": `v1,AAAA v1a,xyz ${headers["webhook-signature"]}` }),
    undefined,
    "one of several signatures",
  );
  assert.equal(tell({}, `${body} `), "bad-signature");
  assert.equal(tell({ "webhook-id": "msg_other" }), "bad-signature");
  assert.equal(tell({ "webhook-timestamp": "1614265331" }), "bad-signature");
  assert.equal(tell({ "webhook-signature": headers["webhook-signature"].replace("v1,", "v1a,") }), "bad-signature");
  assert.equal(tell({ "webhook-signature": headers["webhook-signature"].replace("v1,", "v1") }), "bad-signature");
  assert.equal(tell({ "webhook-signature": "v1," }), "bad-signature");
  for (const name of ["webhook-id", "webhook-timestamp", "webhook-signature"]) {
    assert.equal(tell({ [name]: "" }), "missing-signature", name);
    assert.equal(
      look(verifier, Object.fromEntries(Object.entries(headers).filter(([key]) => key !== name)), body, secrets, nowMs),
      "missing-signature",
      name,
    );
  }
});

test("a signature holds for five minutes on either side", () => {
  const verifier = standardWebhooks(one);
  const at = (nowMs: number): SignatureProblem | undefined =>
    look(verifier, published.headers, published.body, { ONE: published.secret }, nowMs);
  assert.equal(at(published.nowMs + 300_000), undefined);
  assert.equal(at(published.nowMs + 300_001), "too-old");
  assert.equal(at(published.nowMs - 300_000), undefined);
  assert.equal(at(published.nowMs - 300_001), "too-new");
  const wide = standardWebhooks(one, { tolerance: "1h" });
  assert.equal(
    look(wide, published.headers, published.body, { ONE: published.secret }, published.nowMs + 3_600_000),
    undefined,
  );
});

test("only who knows the secret is told about its clock, and a time that is no number is no time", () => {
  const sign = (sentAt: string, key: string): Record<string, string> => ({
    "webhook-id": "m",
    "webhook-timestamp": sentAt,
    "webhook-signature": `v1,${createHmac("sha256", key).update(`m.${sentAt}.{}`).digest("base64")}`,
  });
  const verifier = standardWebhooks(one);
  assert.equal(look(verifier, sign("0", "a wrong secret"), "{}", { ONE: "a plain secret" }, 1e12), "bad-signature");
  for (const sentAt of ["now", "1e3", "-1", "1.5", "12345678901234567890"]) {
    assert.equal(
      look(verifier, sign(sentAt, "a plain secret"), "{}", { ONE: "a plain secret" }),
      "bad-timestamp",
      sentAt,
    );
  }
});

test("a secret without whsec_ may be text or base64, and an empty key is never one", () => {
  const sign = (key: Uint8Array): Record<string, string> => ({
    "webhook-id": "m",
    "webhook-timestamp": "0",
    "webhook-signature": `v1,${createHmac("sha256", key).update("m.0.{}").digest("base64")}`,
  });
  const verifier = standardWebhooks(one);
  const base64 = Buffer.from("0123456789abcdef").toString("base64");
  assert.equal(look(verifier, sign(Buffer.from("0123456789abcdef")), "{}", { ONE: base64 }), undefined);
  assert.equal(look(verifier, sign(Buffer.from(base64)), "{}", { ONE: base64 }), undefined);
  assert.equal(look(verifier, sign(Buffer.from("pass phrase!")), "{}", { ONE: "pass phrase!" }), undefined);
  for (const short of ["!!!!", "ab", "=="]) {
    assert.equal(look(verifier, sign(Buffer.alloc(0)), "{}", { ONE: short }), "bad-signature", short);
    assert.throws(
      () => look(verifier, sign(Buffer.alloc(0)), "{}", { ONE: `whsec_${short}` }),
      (error) => error instanceof WaybillError && error.code === "bad-configuration" && !error.message.includes(short),
    );
  }
});

test("GitHub's own example is believed", () => {
  const verifier = githubWebhooks(one);
  const secrets = { ONE: "It's a Secret to Everybody" };
  const good = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
  const tell = (signature: string | undefined): SignatureProblem | undefined =>
    look(verifier, signature === undefined ? {} : { "x-hub-signature-256": signature }, "Hello, World!", secrets);
  assert.equal(tell(good), undefined);
  assert.equal(tell(good.toUpperCase().replace("SHA256", "sha256")), undefined);
  for (const bad of [
    good.replace("7", "8"),
    good.slice(7),
    good.replace("sha256", "sha1"),
    `${good}00`,
    `${good}zz0`,
    "sha256=",
    "sha256=zz",
  ]) {
    assert.equal(tell(bad), "bad-signature", bad);
  }
  assert.equal(tell(undefined), "missing-signature");
});

test("a general HMAC signs the body, or time and body", () => {
  // RFC 4231, test case 2.
  const body = "what do ya want for nothing?";
  const digest = Buffer.from("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843", "hex");
  const secrets = { ONE: "Jefe" };
  for (const encoding of ["hex", "base64", "base64url"] as const) {
    const verifier = hmac(one, { header: "X-Sig", encoding, prefix: "v=" });
    assert.equal(look(verifier, { "x-sig": `v=${digest.toString(encoding)}` }, body, secrets), undefined, encoding);
    assert.equal(look(verifier, { "x-sig": digest.toString(encoding) }, body, secrets), "bad-signature");
    assert.equal(look(verifier, {}, body, secrets), "missing-signature");
  }
  const timed = hmac(one, { header: "X-Sig", algorithm: "sha512", timestampHeader: "X-Time", tolerance: "1m" });
  const signed = createHmac("sha512", "Jefe").update(`100.${body}`).digest("hex");
  const at = (nowMs: number, time = "100"): SignatureProblem | undefined =>
    look(timed, { "x-sig": signed, "x-time": time }, body, secrets, nowMs);
  assert.equal(at(100_000), undefined);
  assert.equal(at(100_000, "101"), "bad-signature");
  assert.equal(at(160_001), "too-old");
  assert.equal(look(timed, { "x-sig": signed }, body, secrets), "missing-signature");
});

test("while a secret is replaced, either is believed, and one that is not set is left out", () => {
  const sign = (key: string): Record<string, string> => ({
    "x-sig": createHmac("sha256", key).update("{}").digest("hex"),
  });
  const verifier = hmac([one, two], { header: "x-sig" });
  for (const key of ["old secret", "new secret"]) {
    assert.equal(look(verifier, sign(key), "{}", { ONE: "old secret", TWO: "new secret" }), undefined, key);
  }
  assert.equal(look(verifier, sign("third"), "{}", { ONE: "old secret", TWO: "new secret" }), "bad-signature");
  assert.equal(look(verifier, sign("new secret"), "{}", { TWO: "new secret" }), undefined);
  // A rotation seen while running: the value counts, not what it was before.
  assert.equal(look(verifier, sign("old secret"), "{}", { ONE: "newer", TWO: "newest" }), "bad-signature");
  assert.throws(
    () => look(verifier, sign(""), "{}", { ONE: "" }),
    (error) => error instanceof WaybillError && error.code === "secret-missing",
  );
  assert.equal(look(unverified, {}, "{}", {}), undefined);
});

test("no bytes but the signed ones pass, not even those that read alike", () => {
  const verifier = hmac(one, { header: "x-sig" });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.uint8Array({ maxLength: 60 }), (signed, sent) => {
      const headers = { "x-sig": createHmac("sha256", "key").update(signed).digest("hex") };
      const same = Buffer.compare(signed, sent) === 0;
      assert.equal(look(verifier, headers, sent, { ONE: "key" }), same ? undefined : "bad-signature");
      assert.equal(look(verifier, headers, signed, { ONE: "key" }), undefined);
    }),
  );
});
