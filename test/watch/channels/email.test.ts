// An alert by mail, from a dead record to a real mail server.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { email, httpAlert, integration, permanent, push, secret } from "waybill";
import { z } from "zod";
import { assemble } from "../../../src/assembly/assemble.ts";
import { Inbox } from "./inbox.ts";

const failing = integration("orders", {
  source: push(),
  contract: z.object({ id: z.string() }),
  identify: ({ id }) => ({ id }),
  async deliver() {
    throw permanent("the address is gone\r\nBcc: eve@example.com");
  },
});

/** What arrives by mail and by HTTP when one record dies. */
async function told(t: TestContext, options: SMTPServerOptions): Promise<{ inbox: Inbox; letter: Promise<string> }> {
  const arrived = Promise.withResolvers<string>();
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    async onData(stream, _session, done) {
      arrived.resolve(await text(stream));
      done();
    },
    ...options,
  });
  const net = server.listen(0, "127.0.0.1");
  await once(net, "listening");
  const inbox = await Inbox.open(t);
  process.env.SMTP_T = `smtp://127.0.0.1:${(net.address() as AddressInfo).port}`;
  const folder = mkdtempSync(join(tmpdir(), "waybill-mailed-"));
  const assembly = await assemble({
    integrations: [failing],
    ledger: `sqlite:${join(folder, "ledger.db")}`,
    alerts: [
      email(secret("SMTP_T"), { from: "Waybill <waybill@example.com>", to: ["ann@example.com"] }),
      httpAlert(`${inbox.url}/alerts`, { tenants: ["nobody"] }),
    ],
  });
  await assembly.start();
  t.after(async () => {
    await assembly.stop({ graceMs: 200 });
    await new Promise<void>((closed) => server.close(closed));
    rmSync(folder, { recursive: true, force: true });
    delete process.env.SMTP_T;
  });
  await assembly.intake.send(failing.definition, { id: "A-1" });
  return { inbox, letter: arrived.promise };
}

test("whoever is told by mail reads what happened and what to do, and what the record says steers nothing", async (t) => {
  const { letter } = await told(t, {});
  const [head = "", ...body] = (await letter).split("\r\n\r\n");
  assert.match(head, /^Subject: \[critical\] 1 record of orders/m);
  assert.match(head, /^Message-ID: <[0-9a-f]{12}\.1@waybill>/im);
  assert.doesNotMatch(head, /^Bcc:/m);
  assert.match(body.join("\n\n"), /npx waybill dead ls --integration orders/);
});

test("what the mail server refuses for good is told to the next channel", async (t) => {
  const { inbox } = await told(t, {
    onRcptTo: (_to, _session, done) => done(Object.assign(new Error("no such mailbox"), { responseCode: 550 })),
  });
  await inbox.until(() => inbox.at("/alerts").length > 0);
  assert.equal(inbox.at("/alerts")[0]?.body.integration, "orders");
});
