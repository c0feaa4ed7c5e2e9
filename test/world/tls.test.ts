import assert from "node:assert/strict";
import { createServer } from "node:https";
import { test } from "node:test";
import { systemClock } from "../../src/world/clock.ts";
import { createTransport } from "../../src/world/undici-transport.ts";

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

test("nothing is sent to a host whose certificate nobody vouches for", async () => {
  let requests = 0;
  const server = createServer({ key, cert }, (_request, answer) => {
    requests += 1;
    answer.end();
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const transport = createTransport(systemClock);
  try {
    const { port } = server.address() as { port: number };
    let before = 0;
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
    assert.deepEqual(got.kind === "failed" && [got.sent, got.reason, got.code], [
      "no",
      "connection",
      "DEPTH_ZERO_SELF_SIGNED_CERT",
    ]);
    assert.equal(before + requests, 0);
  } finally {
    await transport.close();
    server.close();
  }
});
