import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import type { Verifier } from "../../src/define/proof.ts";
import { secret } from "../../src/define/secret.ts";
import { githubWebhooks, hmac, standardWebhooks, unverified } from "../../src/define/verifier.ts";
import { WaybillError } from "../../src/model/errors.ts";
import type { SignatureProblem } from "../../src/sources/proof.ts";
import { verify } from "../../src/sources/signature.ts";

const one = secret("ONE");
const two = secret("TWO");

function look(
  verifier: Verifier,
  headers: Record<string, string>,
  body: string | Uint8Array,
  secrets: Record<string, string>,
  nowMs = 0,
): SignatureProblem | undefined {
  return verify(verifier, { headers, query: "", body: Buffer.from(body) }, (name) => secrets[name], nowMs);
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

test("a general HMAC signs whatever its template says, in whichever form time, key and header come", () => {
  const body = '{"a":1}';
  const key = Buffer.from("sixteen bytes here, or more");
  const url = "https://hooks.example/a";
  const mac = (text: string): Buffer => createHmac("sha256", key).update(text).digest();
  const at = "2026-11-24T10:00:00Z";
  const nowMs = Date.parse(at);
  const table: readonly (readonly [string, Parameters<typeof hmac>[1], Record<string, string>, string])[] = [
    [
      "address, method and a header",
      { header: "X-Sig", signed: "{method}|{url}|{header.X-Id}|{body}", url, key: "base64" },
      { "x-sig": mac(`POST|${url}?q=1%20|7|${body}`).toString("hex"), "x-id": "7" },
      key.toString("base64"),
    ],
    [
      "milliseconds",
      {
        header: "X-Sig",
        signed: "{body}{time}",
        timestampHeader: "X-Time",
        timestampFormat: "milliseconds",
        key: "hex",
      },
      { "x-sig": mac(`${body}${nowMs}`).toString("hex"), "x-time": String(nowMs) },
      key.toString("hex"),
    ],
    [
      "an instant",
      { header: "X-Sig", timestampHeader: "X-Time", timestampFormat: "iso", encoding: "base64url" },
      {
        "x-sig": mac(`2026-11-24T12:00:00+02:00.${body}`).toString("base64url"),
        "x-time": "2026-11-24T12:00:00+02:00",
      },
      key.toString(),
    ],
    [
      "pairs",
      { header: "X-Sig", pairs: { signature: "v", time: "ts" }, timestampFormat: "seconds" },
      { "x-sig": `ts=${nowMs / 1_000}, v=${mac(`${nowMs / 1_000}.${body}`).toString("hex")}` },
      key.toString(),
    ],
    [
      "pairs without a time",
      { header: "X-Sig", pairs: { signature: "v" } },
      { "x-sig": `alg=sha256,v=${mac(body).toString("hex")}` },
      key.toString(),
    ],
  ];
  for (const [name, options, headers, value] of table) {
    const told = (change: Record<string, string>, other = body, secret = value): SignatureProblem | undefined => {
      const delivery = { headers: { ...headers, ...change }, query: "?q=1%20", body: Buffer.from(other) };
      return verify(hmac(one, options), delivery, () => secret, nowMs);
    };
    assert.equal(told({}), undefined, name);
    assert.equal(told({}, `${body} `), "bad-signature", name);
    for (const [header, was] of Object.entries(headers)) {
      if (header !== "x-sig") assert.equal(told({ [header]: `${was}1` }), "bad-signature", `${name}: ${header}`);
      assert.equal(told({ [header]: "" }), "missing-signature", `${name}: ${header}`);
    }
    if (options.key === undefined) continue;
    for (const bad of ["!!", "ab"])
      assert.throws(() => told({}, body, bad), { code: "bad-configuration" }, `${name}: the key ${bad}`);
  }
});

test("a time that is no such instant is none, however it is signed", () => {
  const table: readonly (readonly ["seconds" | "milliseconds" | "iso", readonly string[]])[] = [
    ["seconds", ["now", "1e3", "-1", "1.5", "0x10", "12345678901234567890", " 1"]],
    ["milliseconds", ["now", "1.5", "1234567890123456"]],
    ["iso", ["1700000000", "2026-11-24", "2026-13-24T10:00:00Z", "2026-11-24 10:00:00Z", "2026-11-24T10:00:00"]],
  ];
  for (const [timestampFormat, times] of table) {
    const verifier = hmac(one, { header: "x-sig", timestampHeader: "x-time", timestampFormat });
    for (const time of times) {
      const headers = { "x-sig": createHmac("sha256", "key").update(`${time}.{}`).digest("hex"), "x-time": time };
      assert.equal(look(verifier, headers, "{}", { ONE: "key" }), "bad-timestamp", `${timestampFormat}: ${time}`);
    }
  }
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
