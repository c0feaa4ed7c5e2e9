// What is raised is told, whatever is killed; and what can tell nothing any more is missed.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as passing } from "node:timers/promises";
import { Inbox } from "./inbox.ts";

function launch(t: TestContext, ledger: string, url: string): ChildProcess {
  const script = new URL("killed.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, ["-C", "waybill-source", script, ledger, url], { stdio: "inherit" });
  t.after(() => child.kill("SIGKILL"));
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill("SIGKILL");
  await once(child, "exit");
}

test("an alert whose process is killed before it was told is told by the next one, under the same id, and once", async (t) => {
  const inbox = await Inbox.open(t);
  const folder = mkdtempSync(join(tmpdir(), "waybill-told-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const ledger = `sqlite:${join(folder, "ledger.db")}`;
  inbox.silent.add("/alerts");
  const first = launch(t, ledger, inbox.url);
  await inbox.until(() => inbox.at("/alerts").length > 0);
  await kill(first);
  inbox.silent.clear();
  const unanswered = inbox.at("/alerts").length;
  const second = launch(t, ledger, inbox.url);
  await inbox.until(() => inbox.at("/alerts").length > unanswered);
  // Alive for a while longer: what is told is not told again.
  const beats = inbox.at("/beats").length;
  await inbox.until(() => inbox.at("/beats").length >= beats + 3);
  await kill(second);
  const got = inbox.at("/alerts");
  assert.equal(got.length, unanswered + 1);
  assert.equal(new Set(got.map(({ headers }) => headers["webhook-id"])).size, 1);
  assert.equal(new Set(got.map(({ body }) => body.id)).size, 1);
});

test("a process that is killed for good is missed: its heartbeat came every second, and comes no more", async (t) => {
  const inbox = await Inbox.open(t);
  const folder = mkdtempSync(join(tmpdir(), "waybill-beats-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const child = launch(t, `sqlite:${join(folder, "ledger.db")}`, inbox.url);
  await inbox.until(() => inbox.at("/beats").length >= 3);
  await kill(child);
  const last = inbox.at("/beats").length;
  await passing(3_000);
  assert.equal(inbox.at("/beats").length, last);
});
