// Alerts are told by the flow that delivers everything else.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type Channel, httpAlert, integration, pagerDuty, permanent, push, secret, slack, teams } from "waybill";
import { z } from "zod";
import { assemble } from "../../../src/assembly/assemble.ts";
import type { Assembly } from "../../../src/assembly/assembly.ts";
import { balanceOf } from "../../../src/flow/books.ts";
import { Inbox } from "./inbox.ts";

const failing = integration("orders", {
  source: push(),
  contract: z.object({ id: z.string() }),
  identify: ({ id }) => ({ id }),
  async deliver() {
    throw permanent("the address <b>is</b> `gone`");
  },
});

async function started(t: TestContext, alerts: readonly Channel[]): Promise<Assembly> {
  const folder = mkdtempSync(join(tmpdir(), "waybill-channels-"));
  const assembly = await assemble({ integrations: [failing], alerts, ledger: `sqlite:${join(folder, "ledger.db")}` });
  await assembly.start();
  t.after(async () => {
    await assembly.stop({ graceMs: 200 });
    rmSync(folder, { recursive: true, force: true });
  });
  return assembly;
}

function setSecrets(t: TestContext, values: Record<string, string>): void {
  Object.assign(process.env, values);
  t.after(() => {
    for (const name of Object.keys(values)) delete process.env[name];
  });
}

async function letOneDie(assembly: Assembly): Promise<void> {
  await assembly.intake.send(failing.definition, { id: "A-1" });
  await assembly.settled("orders", 10_000);
}

test("one dead record is one message in every channel, in its own form, signed where a secret is given", async (t) => {
  const inbox = await Inbox.open(t);
  setSecrets(t, {
    SLACK_T: `${inbox.url}/slack`,
    TEAMS_T: `${inbox.url}/teams`,
    PAGER_T: "routing-key",
    SIGN_T: `whsec_${Buffer.from("a key that signs").toString("base64")}`,
  });
  const assembly = await started(t, [
    slack(secret("SLACK_T")),
    teams(secret("TEAMS_T")),
    pagerDuty(secret("PAGER_T"), { url: `${inbox.url}/pager` }),
    httpAlert(`${inbox.url}/alerts`, { secret: secret("SIGN_T") }),
  ]);
  await letOneDie(assembly);
  await inbox.until(() => inbox.got.length >= 4);
  const [hook] = inbox.at("/alerts");
  assert.ok(hook !== undefined);
  assert.deepEqual([hook.body.rule, hook.body.integration, hook.body.state], ["dead", "orders", "firing"]);
  const { headers, body } = hook;
  const signed = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${JSON.stringify(body)}`;
  const expected = createHmac("sha256", "a key that signs").update(signed).digest("base64");
  assert.equal(headers["webhook-signature"], `v1,${expected}`);

  const said = JSON.stringify(inbox.at("/slack")[0]?.body);
  assert.ok(!said.includes("<b>"), "what others wrote steers no message");
  assert.ok(said.includes("npx waybill"), "the next step is in it");
  const [pager] = inbox.at("/pager");
  assert.deepEqual([pager?.body.event_action, pager?.body.dedup_key], ["trigger", body.id]);
  assert.match(JSON.stringify(inbox.at("/teams")[0]?.body), /AdaptiveCard/);

  const { integrations } = await balanceOf(assembly.ledger, assembly.integrations.keys(), undefined);
  assert.deepEqual(
    integrations.map(({ name }) => name),
    ["orders"],
    "what Waybill does for itself is not among the user's integrations",
  );
  assert.equal((await assembly.ledger.find({ limit: 100 })).rows.length, 1);
});

test("a channel that refuses falls over to the next one, which says for whom it was meant", async (t) => {
  const inbox = await Inbox.open(t);
  setSecrets(t, { SLACK_T: `${inbox.url}/slack`, TEAMS_T: `${inbox.url}/teams` });
  inbox.will.set("/slack", [404]);
  const assembly = await started(t, [
    slack(secret("SLACK_T"), { integrations: ["orders"] }),
    teams(secret("TEAMS_T"), { severities: ["info"] }),
  ]);
  await letOneDie(assembly);
  await inbox.until(() => inbox.at("/teams").length > 0);
  assert.match(JSON.stringify(inbox.at("/teams")[0]?.body), /meant for.*slack, which could not be told/);
  assert.equal(inbox.at("/slack").length, 1, "what it refused is not sent again");
});

test("a channel that is down for a moment is told once it is back, with the same id", async (t) => {
  const inbox = await Inbox.open(t);
  inbox.will.set("/alerts", [500, 503]);
  const assembly = await started(t, [httpAlert(`${inbox.url}/alerts`)]);
  await letOneDie(assembly);
  await inbox.until(() => inbox.at("/alerts").length >= 3);
  assert.equal(new Set(inbox.at("/alerts").map(({ headers }) => headers["webhook-id"])).size, 1);
});

test("a channel without its secret is off and says so, and one for others is told nothing", async (t) => {
  const inbox = await Inbox.open(t);
  const assembly = await started(t, [
    slack(secret("SLACK_NOT_SET", { optional: true })),
    httpAlert(`${inbox.url}/others`, { integrations: ["invoices"] }),
    httpAlert(`${inbox.url}/alerts`),
  ]);
  assert.deepEqual(assembly.inactive, ["alerts: slack is told nothing: the secret SLACK_NOT_SET is not set"]);
  await letOneDie(assembly);
  await inbox.until(() => inbox.at("/alerts").length > 0);
  assert.equal(inbox.at("/others").length, 0);
});
