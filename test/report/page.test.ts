import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { array, check, integer, nat, property, record } from "fast-check";
import { integration, permanent, push } from "waybill";
import { z } from "zod";
import type { Assembly } from "../../src/assembly/assembly.ts";
import { twoDigits } from "../../src/ledger/ledger.ts";
import { quantile } from "../../src/report/flow.ts";
import { reportHtml } from "../../src/report/html.ts";
import { makeReport } from "../../src/report/make.ts";
import { periodSince, slotCount } from "../../src/report/period.ts";
import type { Report } from "../../src/report/report.ts";
import { reportText } from "../../src/report/text.ts";
import { projectFolder, waybill } from "../cli/project.ts";
import { serving } from "../server/serving.ts";

const hostile = `<script>fetch("//evil.example")</script><img src=x onerror=alert(1)> \u001b[2J\u001b]0;title\u0007 \u202Egnp.exe & "quoted" 'too'`;

function failing(name: string): ReturnType<typeof integration> {
  return integration(name, {
    source: push(),
    contract: z.object({ id: z.string() }),
    identify: ({ id }) => ({ id }),
    async deliver({ id }) {
      if (id.startsWith("bad")) throw permanent(hostile);
    },
  }) as ReturnType<typeof integration>;
}

async function reported(assembly: Assembly, since?: string): Promise<Report> {
  const { ledger, integrations, secrets, world } = assembly;
  const parts = { ledger, names: [...integrations.keys()], redact: secrets.redact };
  return makeReport(parts, { since }, world.clock.now() + 1);
}

async function delivering(t: TestContext, names: readonly string[]): ReturnType<typeof serving> {
  const served = await serving(t, { integrations: names.map(failing) });
  await served.assembly.start();
  return served;
}

test("what others wrote stands on the page as text, and orders nothing in a browser or a terminal", async (t) => {
  const { assembly } = await delivering(t, ["orders"]);
  const { definition } = assembly.known("orders");
  const { record } = await assembly.intake.send(definition, { id: "bad" });
  await assembly.settled("orders", 10_000);
  await assembly.inboxes.discard(record, { actor: hostile, why: hostile });
  await assembly.intake.send(definition, { id: "bad-2" });
  await assembly.settled("orders", 10_000);
  const report = await reported(assembly);
  const { text: page } = reportHtml(report);
  const text = reportText(report, (_, painted) => painted);
  assert.match(page, /&lt;script&gt;fetch\(&quot;\/\/evil\.example&quot;\)/, "it is there to be read");
  const tags = [...page.matchAll(/<[a-z][^>]*>/gi)].map(([tag]) => tag).join("\n");
  assert.doesNotMatch(tags, /^<(script|img|iframe|link|a|form|object)\b|\s(src|href|style|on\w+)=/im);
  assert.doesNotMatch(page, /url\(|@import/);
  for (const shown of [page.replaceAll("\n", ""), text.replaceAll("\n", "")]) {
    assert.doesNotMatch(shown, /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
  }
});

test("five hundred integrations are one page: the first twenty, and the rest added up", async (t) => {
  const names = Array.from({ length: 500 }, (_, at) => `feed-${String(at).padStart(3, "0")}`);
  const { assembly } = await delivering(t, names);
  await Promise.all(
    names.map(async (name, at) => {
      const { definition } = assembly.known(name);
      for (let n = 0; n <= at % 7; n++) await assembly.intake.send(definition, { id: `${n}` });
    }),
  );
  await assembly.settled(undefined, 60_000);
  const report = await reported(assembly);
  const came = names.reduce((sum, _, at) => sum + (at % 7) + 1, 0);
  const rest = report.otherIntegrations;
  assert.equal(report.integrations.length, 20);
  assert.equal(rest?.lines, 480);
  assert.equal(report.total.now.came, came);
  assert.equal(
    report.integrations.reduce((sum, { now }) => sum + now.came, rest?.now.came ?? 0),
    came,
  );
  assert.match(reportText(report), /and 480 more: [\d,]+ came/);
  assert.match(reportHtml(report).text, /And 480 more, added up/);
});

test("an empty ledger is all well, and says that it knows nothing", async (t) => {
  const { assembly } = await serving(t, { integrations: [failing("orders")] });
  const report = await reported(assembly);
  assert.deepEqual([report.verdict.tone, report.total.now.came, report.total.before], ["well", 0, null]);
  assert.match(report.cannotKnow[0] ?? "", /^This ledger is empty/);
  assert.equal(report.total.refused, null, "nobody counted, so there is no number");
  assert.match(reportText(report), /orders +0/, "an integration to which nothing came is there");
  assert.match(reportHtml(report).text, /Nothing came in this time/);
});

const nowMs = Date.UTC(2026, 10, 26, 14, 20);
for (const [since, why] of [
  ["tomorrow", /^--since is "tomorrow"\.$/],
  ["", /^--since is ""/],
  ["-7d", /^--since is "-7d"/],
  ["7 days", /^--since is "7 days"/],
  ["2030-01-01", /lies ahead/],
  ["1s", /less than a minute/],
  ["9999d", /looks back 400d at most/],
  ["2026-13-45", /^--since is "2026-13-45"/],
] as const) {
  test(`--since ${JSON.stringify(since)} is refused with what it takes`, () => {
    assert.throws(
      () => periodSince(since, nowMs),
      (error: Error & { code: string; hint: string }) =>
        error.code === "bad-usage" && why.test(error.message) && /7d/.test(error.hint),
    );
  });
}

test("a period begins with a full hour, has slots that fill it, and at most sixty of them", () => {
  check(
    property(integer({ min: 60_000, max: 400 * 86_400_000 }), (ms) => {
      const period = periodSince(`${ms}ms`, nowMs);
      assert.ok(period.fromMs <= nowMs - ms && period.fromMs > nowMs - ms - 3_600_000);
      assert.equal(period.fromMs - period.beforeMs, period.untilMs - period.fromMs);
      assert.ok(slotCount(period) <= 61 && slotCount(period) * period.slotMs >= period.untilMs - period.fromMs);
    }),
    { verbose: true },
  );
});

test("a median of times of two digits is the median of the times, to two digits", () => {
  check(
    property(
      array(nat(1_000_000_000), { minLength: 1, maxLength: 60 }),
      record({ share: integer({ min: 1, max: 100 }) }),
      (times, { share }) => {
        const took = new Map<number, number>();
        for (const ms of times) took.set(twoDigits(ms), (took.get(twoDigits(ms)) ?? 0) + 1);
        const sorted = times.toSorted((a, b) => a - b);
        const rank = Math.max(1, Math.ceil(sorted.length * (share / 100)));
        assert.equal(quantile(took, share / 100), twoDigits(sorted[rank - 1] as number));
      },
    ),
    { verbose: true },
  );
});

test("the server gives the report as JSON, as a page to whoever asks for one, and refuses what it does not know", async (t) => {
  const { get } = await serving(t, { integrations: [failing("orders")] });
  const plain = await get("/v1/report?since=24h");
  assert.equal(((await plain.json()) as Report).period.slotMs, 3_600_000);
  const page = await get("/v1/report", { accept: "text/html,application/xhtml+xml,*/*;q=0.8" });
  const text = await page.text();
  assert.match(page.headers.get("content-type") ?? "", /^text\/html/);
  assert.match(page.headers.get("content-security-policy") ?? "", /^default-src 'none'; style-src 'sha256-[^']+';/);
  assert.match(text, /<h1>The week in one page<\/h1>/);
  const error = async (path: string): Promise<string> => {
    const answer = await get(path);
    const { error: told } = (await answer.json()) as { error: { code: string; message: string; hint: string } };
    return `${answer.status} ${told.code} ${told.message} ${told.hint}`;
  };
  assert.match(await error("/v1/report?integration=order"), /unknown-integration .* Did you mean "orders"\?/);
  assert.match(await error("/v1/report?since=soon"), /^400 bad-usage /);
  assert.match(await error("/v1/report?days=7"), /^400 bad-usage .*days/);
});

test("without the token nobody reads the report", async (t) => {
  const { secret } = await import("waybill");
  const { get } = await serving(t, { integrations: [failing("orders")], token: secret("API_TOKEN") });
  assert.equal((await get("/v1/report")).status, 401);
});

test("on the command line it is text, one JSON document, or a file, and a wrong name is answered with the right one", async (t) => {
  const folder = projectFolder(t);
  await waybill(folder, ["init"]);
  const text = await waybill(folder, ["report"]);
  assert.deepEqual([text.code, /^Waybill {2}\w{3} \d+ \w{3} \d{4}/.test(text.stdout)], [0, true], text.stderr);
  assert.match(text.stdout, /What this page cannot know/);
  const made = await waybill(folder, ["report", "--json", "--since", "24h", "--html", "week.html"]);
  assert.equal((JSON.parse(made.stdout) as Report).verdict.tone, "well");
  assert.match(readFileSync(join(folder, "week.html"), "utf8"), /^<!doctype html>/);
  const wrong = await waybill(folder, ["report", "order"]);
  assert.deepEqual([wrong.code, /Did you mean|integrations are/.test(wrong.stderr)], [2, true], wrong.stderr);
  writeFileSync(join(folder, "there"), "");
  const full = await waybill(folder, ["report", "--html", "there/week.html"]);
  assert.match(full.stderr, /there\/week\.html cannot be written/);
});
