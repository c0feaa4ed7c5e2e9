import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { WaybillEvent } from "../../src/model/events.ts";
import { createSecrets } from "../../src/systems/secrets.ts";
import { createLog, type LogOptions } from "../../src/watch/log.ts";

const ofRecord = { integration: "orders", tenant: "", record: "0abc" };
const events: readonly WaybillEvent[] = [
  { event: "intake.taken", source: "webhook:/a", state: "waiting", duplicate: false, ...ofRecord },
  { event: "intake.taken", source: "webhook:/a", state: "quarantined", duplicate: false, ...ofRecord },
  { event: "intake.taken", source: "webhook:/a", state: "quarantined", duplicate: true, ...ofRecord },
  { event: "intake.refused", source: "webhook:/a", reason: "bad-signature", detail: "It does not fit.", count: 7 },
  { event: "intake.failed", source: "webhook:/a", code: "ledger-full", why: "the disk is full" },
  {
    event: "attempt",
    effect: "invoice",
    kind: "effect",
    attempt: 1,
    system: "books",
    outcome: "done",
    why: undefined,
    durationMs: 5,
    status: 201,
    ...ofRecord,
  },
  {
    event: "attempt",
    effect: "invoice",
    kind: "effect",
    attempt: 1,
    system: "books",
    outcome: "in-doubt",
    why: "timeout",
    durationMs: 5,
    status: undefined,
    ...ofRecord,
  },
  {
    event: "record.settled",
    state: "delivered",
    cause: undefined,
    reason: undefined,
    nextAtMs: undefined,
    run: 1,
    durationMs: 5,
    ageMs: 7,
    ...ofRecord,
  },
  {
    event: "record.settled",
    state: "dead",
    cause: "refused",
    reason: "422",
    nextAtMs: undefined,
    run: 1,
    durationMs: 5,
    ageMs: 7,
    ...ofRecord,
  },
  {
    event: "record.settled",
    state: "held",
    cause: "in-doubt",
    reason: "timeout",
    nextAtMs: undefined,
    run: 1,
    durationMs: 5,
    ageMs: 7,
    ...ofRecord,
  },
  { event: "record.moved", state: "waiting", actor: "ann", why: "mended", ...ofRecord },
  { event: "ledger.failed", code: "ledger-full", why: "the disk is full" },
  { event: "server.failed", method: "GET", path: "/v1/records", why: "broken" },
];

function logged(options: Partial<LogOptions>, ...told: WaybillEvent[]): string[] {
  const lines: string[] = [];
  const emit = createLog({ redact: (text) => text, write: (line) => lines.push(line), ...options });
  for (const event of told) emit(event);
  return lines;
}

test("each event is one line of JSON, with its fields under their own names", () => {
  const lines = logged({ level: "trace" }, ...events);
  assert.equal(lines.length, events.length);
  for (const [index, line] of lines.entries()) {
    assert.equal(line.indexOf("\n"), line.length - 1);
    const { level, time, msg, ...fields } = JSON.parse(line) as Record<string, unknown>;
    assert.deepEqual(fields, JSON.parse(JSON.stringify(events[index])));
    assert.equal(typeof level, "number");
    assert.match(String(time), /^\d{4}-\d\d-\d\dT/);
    assert.ok(String(msg).length > 0);
  }
});

test("a success of one record is no line at the usual level, and what went wrong is a warning or an error", () => {
  const levels = logged({}, ...events).map(
    (line) => JSON.parse(line) as { event: string; state?: string; level: number },
  );
  const at = (level: number): string[] =>
    levels
      .filter((one) => one.level === level)
      .map(({ event, state }) => (state === undefined ? event : `${event} ${state}`));
  assert.deepEqual(at(20), []);
  assert.deepEqual(at(30), ["record.moved waiting"]);
  assert.deepEqual(at(40), ["intake.taken quarantined", "intake.refused", "attempt"]);
  assert.deepEqual(at(50), [
    "intake.failed",
    "record.settled dead",
    "record.settled held",
    "ledger.failed",
    "server.failed",
  ]);
  assert.deepEqual(logged({ level: "silent" }, ...events), []);
});

test("no secret stands in any field or sentence, however it is written", () => {
  const value = 'pass"word\\ of ünusual/form+';
  const secrets = createSecrets({ BOOKS_TOKEN: value }, () => "");
  secrets.value("BOOKS_TOKEN");
  for (const shape of [
    value,
    encodeURIComponent(value),
    Buffer.from(`user:${value}`).toString("base64"),
    JSON.stringify(value),
  ]) {
    const told: WaybillEvent = { event: "source.failed", source: "poll:a", why: `refused ${shape}`, nextAtMs: 0 };
    for (const pretty of [false, true]) {
      const [line = ""] = logged({ redact: secrets.redact, pretty }, told);
      assert.match(line, /\[secret BOOKS_TOKEN\]/, shape);
      assert.ok(!line.includes(value) && !line.includes(shape), line);
    }
  }
});

test("what others wrote cannot steer a terminal, break a line, or fill the disk", () => {
  const why = "a\u001b[2J\r\nERROR forged line\u202e\u0000 \u0007b";
  for (const pretty of [false, true]) {
    const [line = ""] = logged({ pretty }, { event: "source.failed", source: "poll:a", why, nextAtMs: 0 });
    const text = pretty ? line : (JSON.parse(line) as { msg: string }).msg;
    assert.ok(!/\p{C}/u.test(text.trimEnd()), JSON.stringify(text));
    assert.equal(line.trimEnd().split("\n").length, 1);
  }
  const [long = ""] = logged(
    { pretty: true },
    { event: "source.failed", source: "poll:a", why: "x".repeat(100_000), nextAtMs: 0 },
  );
  assert.ok(long.length < 3_000);
});

test("lines for people hold the time, the level and the sentence", () => {
  const [line = ""] = logged({ pretty: true }, { event: "inactive", what: "volume of orders" });
  assert.match(line, /\d\d:\d\d:\d\d/);
  assert.match(line, /WARN.*inactive: volume of orders/);
});

test("a level that does not exist is refused by name", () => {
  assert.throws(() => logged({ level: "wanr" }), {
    code: "bad-configuration",
    message: /"wanr"/,
    hint: /"warn"/,
  });
});

test("telling never throws, whatever becomes of the line", () => {
  const fail = (): never => {
    throw new Error("no space left");
  };
  logged({ write: fail }, ...events);
  logged({ redact: fail }, ...events);
});

test("lines go to stderr, and a reader that is gone stops nothing", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "waybill-log-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "program.ts");
  const log = fileURLToPath(new URL("../../src/watch/log.ts", import.meta.url));
  writeFileSync(
    file,
    `import { createLog } from ${JSON.stringify(log)};
     const emit = createLog({ redact: (text) => text });
     for (let at = 0; at < 2_000; at++) emit({ event: "inactive", what: "x".repeat(1_000) });
     setTimeout(() => console.log("still here"), 50);`,
  );
  const shell = `{ "$NODE" "$FILE" 2>&1 >&3 | head -1 >/dev/null; } 3>&1`;
  const env = { ...process.env, NODE: process.execPath, FILE: file };
  const { stdout } = spawnSync("sh", ["-c", shell], { env, encoding: "utf8" });
  assert.equal(stdout, "still here\n");
});
