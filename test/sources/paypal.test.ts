import assert from "node:assert/strict";
import { generateKeyPairSync, sign, type X509Certificate } from "node:crypto";
import { test } from "node:test";
import { crc32 } from "node:zlib";
import { paypalWebhooks, secret } from "waybill";
import type { PaypalVerifier } from "../../src/define/proof.ts";
import { certificatePlace } from "../../src/sources/paypal.ts";
import { PaypalCertificates } from "../../src/sources/paypal-certificates.ts";
import type { Certificate, SignatureProblem } from "../../src/sources/proof.ts";
import { verify } from "../../src/sources/signature.ts";
import type { WireAnswer, WireRequest, World } from "../../src/world/transport.ts";
import { virtualClock } from "../world/virtual-clock.ts";
import * as paypal from "./paypal-delivery.ts";

const one = secret("ONE");
const two = secret("TWO");
const live = paypalWebhooks([one, two]) as PaypalVerifier;
const sandbox = paypalWebhooks(one, { sandbox: true }) as PaypalVerifier;

interface Change {
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: string;
  readonly certificate?: Certificate | undefined;
  readonly afterMs?: number;
  readonly secrets?: Readonly<Record<string, string>>;
}

function tell(change: Change = {}): SignatureProblem | undefined {
  const delivery = {
    headers: { ...paypal.headers, ...change.headers },
    query: "",
    body: Buffer.from(change.body ?? paypal.body),
    certificate: "certificate" in change ? change.certificate : paypal.certificate,
  };
  const secrets = change.secrets ?? { ONE: paypal.webhookId };
  return verify(live, delivery, (name) => secrets[name], paypal.sentAtMs + (change.afterMs ?? 0));
}

test("a delivery signed as PayPal's page says is believed", () => {
  assert.equal(tell(), undefined);
  assert.equal(
    tell({ secrets: { ONE: "ANOTHER", TWO: paypal.webhookId } }),
    undefined,
    "while a webhook replaces another",
  );
  assert.equal(tell({ afterMs: 3 * 86_400_000 }), undefined, "PayPal sends again for three days");
});

test("nothing that differs from it is believed", () => {
  const { headers } = paypal;
  const signature = headers["paypal-transmission-sig"];
  const bad: readonly (readonly [string, Change])[] = [
    ["another webhook's", { secrets: { ONE: "ANOTHER" } }],
    ["another body", { body: `${paypal.body} ` }],
    ["no body", { body: "" }],
    ["another id", { headers: { "paypal-transmission-id": "other" } }],
    ["another time", { headers: { "paypal-transmission-time": "2026-12-01T10:00:01Z" } }],
    ["a signature cut short", { headers: { "paypal-transmission-sig": signature.slice(0, -4) } }],
    ["a signature twice", { headers: { "paypal-transmission-sig": `${signature}, ${signature}` } }],
    [
      "a signature in hex",
      { headers: { "paypal-transmission-sig": Buffer.from(signature, "base64").toString("hex") } },
    ],
    ["another algorithm", { headers: { "paypal-auth-algo": "SHA1withRSA" } }],
    ["a certificate that PayPal does not know", { certificate: "unknown" }],
    ["no certificate", { certificate: undefined }],
    ["a curve", { certificate: paypal.curveCertificate }],
    [
      "a key that can be factored",
      { certificate: paypal.shortCertificate, headers: { "paypal-transmission-sig": paypal.shortSignature } },
    ],
    ["a certificate that is not valid yet", { afterMs: -30 * 86_400_000 }],
  ];
  for (const [what, change] of bad) assert.equal(tell(change), "bad-signature", what);
  for (const name of Object.keys(headers).filter((one) => /transmission|cert/.test(one)))
    assert.equal(tell({ headers: { [name]: undefined } }), "missing-signature", name);
  assert.equal(tell({ afterMs: 4 * 86_400_000 + 1 }), "too-old");
  assert.equal(tell({ certificate: "unavailable" }), "certificate-unavailable");
});

test("a key of somebody else's is worth nothing, whatever it signs", () => {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
  const { headers, webhookId, body } = paypal;
  const text = `${headers["paypal-transmission-id"]}|${headers["paypal-transmission-time"]}|${webhookId}|${crc32(body)}`;
  const forged = sign("sha256", Buffer.from(text), privateKey).toString("base64");
  assert.equal(tell({ headers: { "paypal-transmission-sig": forged } }), "bad-signature");
});

test("what PayPal's scheme gives up: a body made to fit the checksum passes, so what money depends on is loaded from PayPal", () => {
  assert.notEqual(paypal.bodyOfSameChecksum, paypal.body);
  assert.equal(tell({ body: paypal.bodyOfSameChecksum }), undefined);
});

test("a certificate is only ever looked for at PayPal's own hosts", () => {
  const path = "/v1/notifications/certs/CERT-360caa42-fca2a594-a5cafa77";
  const place = (url: string | undefined, by = live): string | undefined => {
    const found = certificatePlace(by, { "paypal-cert-url": url });
    return found === undefined ? undefined : found.origin + found.path;
  };
  for (const host of ["api.paypal.com", "api-m.paypal.com"])
    assert.equal(place(`https://${host}${path}`), `https://${host}${path}`);
  assert.equal(place(`https://api.sandbox.paypal.com${path}`, sandbox), `https://api.sandbox.paypal.com${path}`);
  const elsewhere = [
    undefined,
    "",
    "CERT-1",
    `http://api.paypal.com${path}`,
    `https://api.sandbox.paypal.com${path}`,
    `https://api.paypal.com.evil.example${path}`,
    `https://evil.example/api.paypal.com${path}`,
    `https://user@api.paypal.com${path}`,
    `https://api.paypal.com@evil.example${path}`,
    `https://api.paypal.com:8443${path}`,
    `https://api.paypal.com\\@evil.example${path}`,
    `https://127.0.0.1${path}`,
    `https://www.paypal.com${path}`,
    `https://api.paypal.com${path}?to=https://evil.example`,
    `https://api.paypal.com${path}#x`,
    `https://api.paypal.com/v1/notifications/certs/../../../redirect/CERT-1`,
    `https://api.paypal.com/v1/notifications/certs/CERT-1/..%2f..`,
    `https://api.paypal.com/v1/notifications/certs/CERT-${"a".repeat(200)}`,
    `https://api.paypal.com${path}, https://evil.example/`,
  ];
  for (const url of elsewhere) assert.equal(place(url), undefined, url);
  assert.equal(
    place(`https://api.paypal.com${path}`, sandbox),
    undefined,
    "the sandbox's webhook believes no live one",
  );
});

/** PayPal's host, as far as a certificate goes. */
function host(answers: (asked: WireRequest, nth: number) => Partial<WireAnswer> | Promise<Partial<WireAnswer>>) {
  const clock = virtualClock(paypal.sentAtMs);
  const asked: WireRequest[] = [];
  const transport = async (request: WireRequest): Promise<WireAnswer> => {
    asked.push(request);
    return {
      kind: "answered",
      status: 200,
      headers: {},
      body: Buffer.alloc(0),
      ...(await answers(request, asked.length)),
    } as WireAnswer;
  };
  const certificates = new PaypalCertificates({ clock, transport } as Partial<World> as World);
  const of = (url: string = paypal.certificateUrl): Promise<Certificate> =>
    certificates.of(live, { "paypal-cert-url": url });
  return { clock, asked, of };
}

const pem = { body: Buffer.from(paypal.certificatePem) };
const nameOf = (certificate: Certificate): string =>
  typeof certificate === "string" ? certificate : (certificate as X509Certificate).subject;

test("a certificate is asked for once, however many deliveries wait for it", async () => {
  const { asked, of } = host(() => pem);
  const all = await Promise.all(Array.from({ length: 50 }, () => of()));
  assert.deepEqual([...new Set(all.map(nameOf))], ["CN=messageverificationcerts.paypal.example"]);
  assert.equal(nameOf(await of()), "CN=messageverificationcerts.paypal.example");
  assert.equal(asked.length, 1);
  const [request] = asked;
  assert.equal(`${request?.method} ${request?.origin}${request?.path}`, `GET ${paypal.certificateUrl}`);
  assert.equal(request?.privateAllowed, false);
});

test("what is no certificate is not one, and what fails is asked for again", async () => {
  const answers: readonly (readonly [Partial<WireAnswer>, string])[] = [
    [{ status: 404 }, "unknown"],
    [{ body: Buffer.from("<html>") }, "unknown"],
    [{ status: 302 }, "unknown"],
    [{ body: Buffer.from(paypal.curveCertificate.toString()) }, "unknown"],
    [{ body: Buffer.from(paypal.shortCertificate.toString()) }, "unknown"],
    [{ status: 503 }, "unavailable"],
    [{ status: 429 }, "unavailable"],
    [{ kind: "failed" }, "unavailable"],
  ];
  const { asked, of } = host((_, nth) => answers[nth - 1]?.[0] ?? pem);
  for (const [, told] of answers) assert.equal(nameOf(await of()), told);
  assert.equal(nameOf(await of()), "CN=messageverificationcerts.paypal.example");
  assert.equal(asked.length, answers.length + 1);
});

test("forged deliveries make us ask PayPal a few times a minute, and hold up none whose certificate is known", async () => {
  const { asked, of, clock } = host(({ path }) => (paypal.certificateUrl.endsWith(path) ? pem : { status: 404 }));
  await of();
  const forged = (nth: number): string => `https://api.paypal.com/v1/notifications/certs/CERT-${nth}`;
  const told = await Promise.all(Array.from({ length: 500 }, (_, nth) => of(forged(nth))));
  assert.equal(asked.length, 10);
  assert.equal(told.filter((one) => one === "unavailable").length, 491);
  assert.equal(nameOf(await of()), "CN=messageverificationcerts.paypal.example");
  assert.equal(await of("https://evil.example/CERT-1"), "unknown", "nobody else is ever asked");
  await clock.pass(60_001);
  assert.equal(await of(forged(501)), "unknown");
  assert.equal(asked.length, 11);
});
