import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { SMTPServer } from "smtp-server";
import { type Config, config, email, integration, push, secret, slack } from "waybill";
import { z } from "zod";
import { assemble } from "../../src/assembly/assemble.ts";
import { lastDue } from "../../src/report/mailed.ts";
import { systemClock } from "../../src/world/clock.ts";
import { createWorld } from "../../src/world/world.ts";
import { projectFolder, until, waybill } from "../cli/project.ts";

const hour = 3_600_000;
/** Monday, 23 November 2026, 08:00 in Perth. */
const dueMs = Date.UTC(2026, 10, 23, 0);

async function post(t: TestContext): Promise<{ readonly url: string; readonly letters: string[] }> {
  const letters: string[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    async onData(stream, _, done) {
      letters.push(await text(stream));
      done();
    },
  });
  const net = server.listen(0, "127.0.0.1");
  await once(net, "listening");
  t.after(() => new Promise<void>((closed) => server.close(closed)));
  return { url: `smtp://127.0.0.1:${(net.address() as AddressInfo).port}`, letters };
}

const orders = integration("orders", {
  source: push(),
  contract: z.object({ id: z.string() }),
  identify: ({ id }) => ({ id }),
  async deliver() {},
});

/** One life of a process that begins at this time. */
async function life(ledger: string, url: string, atMs: number, lives: () => Promise<void>): Promise<void> {
  const world = createWorld();
  const offset = atMs - Date.now();
  const waybill = await assemble({
    integrations: [orders],
    ledger,
    alerts: [email(url, { from: "waybill@example.com", to: ["ops@example.com"] })],
    report: { mail: "boss@example.com", every: "monday 08:00", zone: "Australia/Perth" },
    world: { ...world, clock: { ...systemClock, now: () => Date.now() + offset } },
  });
  await waybill.start();
  await waybill.watch()?.look();
  if (atMs < dueMs) await waybill.intake.send(orders.definition, { id: "A-1" });
  await lives();
  await waybill.stop({ graceMs: 2_000 });
  await world.close();
}

const aWhile = (): Promise<void> => new Promise((done) => setTimeout(done, 1_500));

test("a report that was due while nothing ran is mailed when something runs again, once, however often it begins", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "waybill-mailed-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const ledger = `sqlite:${join(folder, "ledger.db")}`;
  const { url, letters } = await post(t);
  await life(ledger, url, dueMs - 12 * hour, aWhile);
  assert.equal(letters.length, 0, "nothing is due yet that this ledger knows of");
  await life(ledger, url, dueMs + hour, () => until("it is mailed", async () => letters.length === 1));
  await life(ledger, url, dueMs + 2 * hour, aWhile);
  assert.equal(letters.length, 1);
  const [letter = ""] = letters;
  assert.match(letter, /^To: boss@example\.com/m);
  assert.match(letter, /^Subject: Waybill, 7d: all is well; 1 came/m);
  assert.match(letter, /to Mon 23 Nov 2026 00:00 UTC/);
  assert.match(letter, /^Message-ID: <report\.1794787200000\.1795392000000@waybill>/m);
  assert.match(letter, /filename=waybill-2026-11-23\.html/);
  assert.match(letter, /Nobody watched for/, "it says what it cannot know");
});

for (const [what, report, said] of [
  ["no mail server", { mail: "a@example.com" }, /no mail server/],
  ["a channel that is no e-mail", { mail: "a@example.com", by: slack(secret("S")) }, /report\.by is no e-mail/],
  [
    "a day that there is not",
    { mail: "a@example.com", every: "mondy 08:00", by: mailing() },
    /"mondy".*Did you mean "monday"/,
  ],
  ["a time that there is not", { mail: "a@example.com", every: "monday 25:00", by: mailing() }, /"monday 25:00"/],
  [
    "a zone that there is not",
    { mail: "a@example.com", zone: "Europe/Berln", by: mailing() },
    /Did you mean "Europe\/Berlin"/,
  ],
  ["nobody", { mail: [], by: mailing() }, /an address is expected/],
  ["what is no address", { mail: "boss", by: mailing() }, /report\.mail is "boss", which is no address/],
  [
    "an option that there is not",
    { mail: "a@example.com", evry: "daily 07:00", by: mailing() },
    /Did you mean "every"/,
  ],
] as const) {
  test(`a report for ${what} is refused at once`, () => {
    assert.throws(
      () => config({ report } as unknown as Config),
      (error: Error & { code: string; hint?: string }) =>
        error.code === "bad-configuration" && said.test(`${error.message} ${error.hint ?? ""}`),
    );
  });
}

function mailing(): ReturnType<typeof email> {
  return email("smtp://localhost", { from: "w@example.com", to: ["a@example.com"] });
}

test("a week is from one time on the clock to the next, also where the clock is put back in it", () => {
  const berlin = { cron: "0 8 * * 1", zone: "Europe/Berlin" };
  const summer = Date.UTC(2026, 9, 19, 6);
  const winter = Date.UTC(2026, 9, 26, 7);
  assert.deepEqual(lastDue(berlin, winter - 1_000), { fromMs: summer - 7 * 24 * hour, untilMs: summer });
  assert.deepEqual(lastDue(berlin, winter), { fromMs: summer, untilMs: winter }, "169 hours");
  assert.deepEqual(lastDue({ cron: "30 7 * * *", zone: "UTC" }, Date.UTC(2026, 0, 2, 7, 29)), {
    fromMs: Date.UTC(2025, 11, 31, 7, 30),
    untilMs: Date.UTC(2026, 0, 1, 7, 30),
  });
});

test("whoever types --mail has it mailed now, and is told when it cannot be", async (t) => {
  const folder = projectFolder(t);
  const { url, letters } = await post(t);
  await waybill(folder, ["init"]);
  writeFileSync(
    join(folder, "waybill.config.ts"),
    `import { config, email } from "waybill";
     export default config({ alerts: [email(process.env.SMTP ?? "", { from: "w@example.com", to: ["ops@example.com"] })] });`,
  );
  const sent = await waybill(folder, ["report", "--mail", "boss@example.com"], { env: { SMTP: url } });
  assert.deepEqual([sent.code, letters.length], [0, 1], sent.stderr);
  assert.match(sent.stderr, /The report is mailed to boss@example\.com\./);
  const none = await waybill(folder, ["report", "--mail", "boss@example.com"], { env: { SMTP: "smtp://127.0.0.1:1" } });
  assert.deepEqual([none.code, /could not be reached/.test(none.stderr)], [1, true], none.stderr);
  const wrong = await waybill(folder, ["report", "--mail", "boss"], { env: { SMTP: url } });
  assert.deepEqual([wrong.code, /which is no address/.test(wrong.stderr)], [2, true], wrong.stderr);
});
