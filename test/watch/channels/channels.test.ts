// Alerts are told by the flow that delivers everything else.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import {
  type Channel,
  httpAlert,
  integration,
  pagerDuty,
  permanent,
  push,
  secret,
  slack,
  stdout,
  teams,
} from "waybill";
import { z } from "zod";
import { assemble } from "../../../src/assembly/assemble.ts";
import type { Assembly } from "../../../src/assembly/assembly.ts";
import { balanceOf } from "../../../src/flow/books.ts";
import type { Severity } from "../../../src/model/alert.ts";
import { poster } from "../../../src/watch/channels/post.ts";
import { testMessage } from "../../../src/watch/channels/test-message.ts";
import { createWorld } from "../../../src/world/world.ts";
import { Inbox } from "./inbox.ts";

const failing = integration("orders", {
  source: push(),
  contract: z.object({ id: z.string() }),
  identify: ({ id }) => ({ id }),
  async deliver() {
    throw permanent("the address <b>is</b> `gone`");
  },
});

async function started(t: TestContext, alerts: readonly Channel[], nowMs = Date.now()): Promise<Assembly> {
  const folder = mkdtempSync(join(tmpdir(), "waybill-channels-"));
  const world = createWorld();
  const offMs = nowMs - Date.now();
  const clock = { ...world.clock, now: () => world.clock.now() + offMs };
  const ledger = `sqlite:${join(folder, "ledger.db")}`;
  const assembly = await assemble({ integrations: [failing], alerts, ledger, world: { ...world, clock } });
  await assembly.start();
  t.after(async () => {
    await assembly.stop({ graceMs: 200 });
    await world.close();
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

/** Tells of alerts, each by itself, as the watch does. Answers their ids. */
async function tell(
  assembly: Assembly,
  severities: readonly Severity[],
  { news = "raised", number = 1, first = 1 }: { news?: "raised" | "resolved"; number?: number; first?: number } = {},
): Promise<readonly string[]> {
  const { alert } = testMessage("any", assembly.world.clock.now());
  const tellings = severities.map((severity, at) => ({
    alert: { ...alert, id: `alert-${first + at}`, severity, about: `a-${first + at}` },
    news,
    number,
  }));
  const { intake, channels } = assembly;
  await channels.tell(({ definition }, record) => intake.send(definition, record))(tellings);
  return tellings.map(({ alert: { id } }) => id);
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

test("what breaks within a few seconds is one message, and what is critical does not wait for it", async (t) => {
  const inbox = await Inbox.open(t);
  setSecrets(t, { SLACK_T: `${inbox.url}/slack` });
  const assembly = await started(t, [slack(secret("SLACK_T"))]);
  await tell(assembly, ["warning", "info", "warning", "critical"]);
  await inbox.until(() => inbox.at("/slack").length >= 2);
  const [critical, others] = inbox.at("/slack").map(({ body }) => body.text);
  assert.match(String(critical), /^\[critical\]/);
  assert.equal(others, "3 alerts: 2 warning, 1 info");
});

test("what was raised in quiet hours is one summary when they are over, of how each alert is then", async (t) => {
  const inbox = await Inbox.open(t);
  setSecrets(t, { SLACK_T: `${inbox.url}/slack`, TEAMS_T: `${inbox.url}/teams`, PAGER_T: "key" });
  const quiet = { quiet: "22:00-07:00" };
  const assembly = await started(
    t,
    [
      slack(secret("SLACK_T"), quiet),
      teams(secret("TEAMS_T"), quiet),
      pagerDuty(secret("PAGER_T"), { ...quiet, url: `${inbox.url}/pager` }),
      httpAlert(`${inbox.url}/alerts`, quiet),
    ],
    Date.parse("2026-11-26T06:59:57Z"),
  );
  await tell(assembly, ["warning", "warning", "info"]);
  await tell(assembly, ["warning"], { news: "resolved", number: 2 });
  const critical = await tell(assembly, ["critical"], { first: 7 });
  const isOneEach = (): boolean =>
    ["/slack", "/teams", "/alerts"].every((path) => inbox.at(path).length >= 2) && inbox.at("/pager").length >= 4;
  await inbox.until(isOneEach);
  assert.equal(inbox.at("/alerts")[0]?.body.id, critical[0], "what is critical never waits");
  assert.equal(inbox.at("/slack")[1]?.body.text, "3 alerts: 1 warning, 1 info, 1 over");
  assert.match(JSON.stringify(inbox.at("/teams")[1]?.body), /3 alerts: 1 warning, 1 info, 1 over/);
  assert.equal((inbox.at("/alerts")[1]?.body.alerts as unknown[] | undefined)?.length, 3);
  assert.equal(inbox.at("/slack").length + inbox.at("/teams").length + inbox.at("/alerts").length, 6, "once each");
});

test("stdout has a line for each message, one for a summary, and says for whom it stands in", async () => {
  const printed: string[] = [];
  const world = createWorld();
  const secrets = { value: (name: string) => name, redact: (text: string) => text };
  const post = poster({ ...world, secrets, print: (line) => void printed.push(line) });
  const one = testMessage("stdout", 0);
  await post(stdout(), [{ ...one, insteadOf: "slack" }]);
  await post(stdout(), [one, one]);
  const [alone, summary] = printed.map((line) => JSON.parse(line));
  assert.deepEqual([alone.rule, alone.news, alone.insteadOf, summary.alerts.length], ["dead", "raised", "slack", 2]);
  assert.equal("insteadOf" in summary.alerts[0], false);
  await world.close();
});

test("a channel whose address nobody answers is known to have been told nothing, and what is critical goes to the next at once", async (t) => {
  const inbox = await Inbox.open(t);
  setSecrets(t, { SLACK_T: "http://127.0.0.1:1/slack", TEAMS_T: `${inbox.url}/teams` });
  const assembly = await started(t, [slack(secret("SLACK_T")), teams(secret("TEAMS_T"), { severities: ["info"] })]);
  await tell(assembly, ["critical"]);
  await inbox.until(() => inbox.at("/teams").length > 0);
  assert.match(JSON.stringify(inbox.at("/teams")[0]?.body), /meant for.*slack, which could not be told/);
  await assembly.calls.flush();
  const { rows } = await assembly.ledger.calls({ limit: 10, system: "alerts:slack" });
  assert.deepEqual(
    rows.map(({ outcome }) => outcome).filter((outcome) => outcome === "in-doubt"),
    [],
  );
});

test("an alert that waits for others when the process stops is told before it ends", async (t) => {
  const inbox = await Inbox.open(t);
  setSecrets(t, { SLACK_T: `${inbox.url}/slack` });
  const assembly = await started(t, [slack(secret("SLACK_T"))]);
  await tell(assembly, ["warning"]);
  await assembly.stop({ graceMs: 5_000 });
  assert.equal(inbox.at("/slack").length, 1);
});
