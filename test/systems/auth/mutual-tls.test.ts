import assert from "node:assert/strict";
import { createServer } from "node:https";
import { test } from "node:test";
import type { TLSSocket } from "node:tls";
import { secret } from "../../../src/define/secret.ts";
import type { TlsOptions } from "../../../src/define/tls.ts";
import type { Outcome } from "../../../src/model/outcome.ts";
import { authority, goodCertificate, leafKey } from "../../world/certificates.ts";
import { aSystem } from "../declared.ts";
import { Desk } from "./desk.ts";

/** A server that lets in only who shows a certificate that it knows. */
async function at(
  use: (send: (tls: TlsOptions | undefined) => Promise<Outcome>, desk: Desk, seen: string[]) => Promise<void>,
): Promise<void> {
  const seen: string[] = [];
  const server = createServer(
    { key: leafKey, cert: goodCertificate, ca: authority, requestCert: true, rejectUnauthorized: true },
    (request, response) => {
      seen.push((request.socket as TLSSocket).getPeerCertificate().subject.CN as string);
      response.writeHead(201, { "content-type": "application/json" }).end("{}");
    },
  );
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as { port: number };
  const desk = new Desk();
  Object.assign(desk.env, {
    CERT: goodCertificate,
    KEY: leafKey,
    ROOT: authority,
    ESCAPED: leafKey.replaceAll("\n", "\\n"),
  });
  try {
    desk.start();
    const baseUrl = new URL(`https://localhost:${port}`);
    await use((tls) => desk.send(aSystem({ name: "bank", baseUrl, tls })), desk, seen);
  } finally {
    await desk.end();
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  }
}

const ca = secret("ROOT");

test("a bank lets in whoever shows the certificate that it knows, and nobody else", async () => {
  await at(async (send, desk, seen) => {
    const both = { cert: secret("CERT"), key: secret("KEY"), ca };
    assert.equal((await send(both)).name, "done");
    assert.equal((await send({ ...both, key: secret("ESCAPED") })).name, "done", "line breaks written out are read");
    assert.deepEqual(seen, ["good", "good"]);
    assert.notEqual((await send({ ca })).name, "done", "nothing was shown");
    const unknownRoot = await send({ cert: secret("CERT"), key: secret("KEY") });
    assert.deepEqual([unknownRoot.name, unknownRoot.sent], ["unavailable", "no"], "a server that nobody vouches for");
    assert.equal(seen.length, 2);
    assert.ok(!desk.stored().includes("PRIVATE KEY"));
  });
});

test("what is no certificate is named, and nothing is sent", async () => {
  await at(async (send, desk, seen) => {
    desk.env.KEY = "no key";
    await desk.restart();
    const outcome = await send({ cert: secret("CERT"), key: secret("KEY"), ca });
    assert.deepEqual([outcome.name, outcome.sent, seen], ["unauthorized", "no", []]);
    assert.match("why" in outcome ? outcome.why : "", /of "bank" cannot be used \(CERT, KEY, ROOT\).*PEM text/);
    delete desk.env.KEY;
    await desk.restart();
    const missing = await send({ cert: secret("CERT"), key: secret("KEY"), ca });
    assert.match("why" in missing ? missing.why : "", /The secret KEY is not set/);
  });
});
