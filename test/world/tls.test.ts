import assert from "node:assert/strict";
import { createServer as createPlainServer } from "node:http";
import { createServer } from "node:https";
import { test } from "node:test";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { systemClock } from "../../src/world/clock.ts";
import type { WireAnswer } from "../../src/world/transport.ts";
import { createTransport } from "../../src/world/undici-transport.ts";
import { authority, expired, goodCertificate, leafKey, otherHost } from "./certificates.ts";

// Made for this test alone: nobody trusts it, and that is its use.
const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgSKZO2Bw81HKDWtbu
6AWL/f9PVsgET+vyhnXrgqj+KO2hRANCAARjkv3dfYA2yF4/V2FZ/T9QbVBZ2NG5
Ld8AP3ueUb3ruOlFvwqwAVFpKEybUrbvrSn7UVeua/BWrd5ZOlYHWjqq
-----END PRIVATE KEY-----`;
const cert = `-----BEGIN CERTIFICATE-----
MIIBmzCCAUGgAwIBAgIUBp/qJLWzMvHdGpn522Rc/XK6sw4wCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNDIxNTQ0OVoYDzIxMjYxMDMx
MjE1NDQ5WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAARjkv3dfYA2yF4/V2FZ/T9QbVBZ2NG5Ld8AP3ueUb3ruOlFvwqwAVFp
KEybUrbvrSn7UVeua/BWrd5ZOlYHWjqqo28wbTAdBgNVHQ4EFgQUaQiUipbiqDDR
VClGoStbB2WzU/wwHwYDVR0jBBgwFoAUaQiUipbiqDDRVClGoStbB2WzU/wwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSAAwRQIgXDQ0EeSrsYzc/F9Ja9oW7YH1ZaTPD0+Mb+KEMjXlbN8CIQCW
uLeIMxYEoK9QBQad26l7/5DCIfR3JEgEcQQ763iGNQ==
-----END CERTIFICATE-----`;

/** What is sent to a server that shows this certificate, and what the server saw of it. */
async function post(shown: {
  key: string;
  cert: string;
}): Promise<{ got: WireAnswer; requests: number; before: number }> {
  let requests = 0;
  let before = 0;
  const server = createServer(shown, (_request, answer) => {
    requests += 1;
    answer.end("ok");
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const transport = createTransport(systemClock);
  try {
    const { port } = server.address() as { port: number };
    const got = await transport.send({
      method: "POST",
      origin: `https://localhost:${port}`,
      path: "/",
      headers: [],
      body: "{}",
      timeoutMs: 5_000,
      answerBytesMax: 100,
      signal: undefined,
      beforeSend: () => {
        before += 1;
      },
      privateAllowed: true,
    });
    return { got, requests, before };
  } finally {
    await transport.close();
    server.close();
  }
}

const table: [name: string, shown: { key: string; cert: string }, code: string, words: RegExp][] = [
  ["nobody vouches for", { key, cert }, "DEPTH_ZERO_SELF_SIGNED_CERT", /is self-signed.*NODE_EXTRA_CA_CERTS/],
  ["has expired", { key: leafKey, cert: expired }, "CERT_HAS_EXPIRED", /has expired.*other side/],
  [
    "is for another host",
    { key: leafKey, cert: otherHost },
    "ERR_TLS_CERT_ALTNAME_INVALID",
    /is for another host.*baseUrl/,
  ],
];

for (const [name, shown, code, words] of table) {
  test(`nothing is sent to a host whose certificate ${name}, whatever the environment says`, async () => {
    const trusted = getCACertificates("default");
    const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    setDefaultCACertificates([...trusted, authority]);
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
    try {
      const { got, ...there } = await post(shown);
      assert.deepEqual(got.kind === "failed" && [got.sent, got.reason, got.code], ["no", "connection", code]);
      assert.match(got.kind === "failed" ? got.message : "", words);
      assert.deepEqual(there, { requests: 0, before: 0 });
    } finally {
      if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
      else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
      setDefaultCACertificates(trusted);
    }
  });
}

test("an authority that is not trusted here is named, and one that is lets the request through", async () => {
  const unknown = await post({ key: leafKey, cert: goodCertificate });
  assert.match(unknown.got.kind === "failed" ? unknown.got.message : "", /that authority is not trusted here/);
  assert.equal(unknown.requests, 0);
  const trusted = getCACertificates("default");
  setDefaultCACertificates([...trusted, authority]);
  try {
    assert.equal((await post({ key: leafKey, cert: goodCertificate })).got.kind, "answered");
  } finally {
    setDefaultCACertificates(trusted);
  }
});

test("a host that speaks no TLS is named so", async () => {
  const plain = createPlainServer((_request, answer) => answer.end());
  await new Promise<void>((listening) => plain.listen(0, "127.0.0.1", listening));
  const transport = createTransport(systemClock);
  try {
    const { port } = plain.address() as { port: number };
    const origin = `https://localhost:${port}`;
    const request = { method: "GET", path: "/", headers: [], body: undefined, timeoutMs: 5_000, answerBytesMax: 100 };
    const got = await transport.send({
      ...request,
      origin,
      signal: undefined,
      beforeSend: undefined,
      privateAllowed: true,
    });
    assert.deepEqual(got.kind === "failed" && got.sent, "no");
    assert.match(got.kind === "failed" ? got.message : "", /without TLS.*http:\/\//);
  } finally {
    await transport.close();
    plain.close();
  }
});
