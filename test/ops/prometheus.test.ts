import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type TestContext, test } from "node:test";
import { programsOf } from "../../scripts/components.ts";
import { chosen, dashboards, metricsIn, opsFolder, rulesFile } from "./files.ts";
import { startInTrouble, token } from "./in-trouble.ts";
import { type Prometheus, startPrometheus } from "./real-prometheus.ts";

// The files of ops/ in a real Prometheus, which scrapes a real `waybill start` that is in real trouble. What the copy differs in: the address, seconds in
// place of minutes between looks, no patience (`for:` is taken away), and windows of a minute.

function hurried(rules: string): string {
  return rules
    .replaceAll(/^ +for: .*\n/gm, "")
    .replaceAll(/\[\d+m\]/g, "[1m]")
    .replaceAll(/offset \d+m/g, "offset 5s");
}

/** The example of the package for this one target, and beside it the same target by somebody who asks for text. */
function exampleFor(target: string, textTarget: string): string {
  const example = readFileSync(join(opsFolder, "prometheus/prometheus.yml"), "utf8");
  const hurriedExample = example.replaceAll("15s", "2s").replace("127.0.0.1:8080", target);
  assert.ok(hurriedExample.includes(target) && hurriedExample.includes("scrape_interval: 2s"));
  const asText = `
  - job_name: text-form
    static_configs:
      - targets: ["${textTarget}"]
    authorization:
      credentials_file: waybill-token
`;
  return hurriedExample.replace("\n# Where the alerts go.", `${asText}\n# Where the alerts go.`);
}

/** Passes scrapes on without what they accept, so that the old text is answered. */
async function asText(t: TestContext, url: string): Promise<string> {
  const server = createServer(async (request, response) => {
    const authorization = request.headers.authorization ?? "";
    const answer = await fetch(url + request.url, { headers: { authorization, accept: "text/plain" } }).catch(
      () => undefined,
    );
    const type = answer?.headers.get("content-type") ?? "text/plain";
    response.writeHead(answer?.status ?? 502, { "content-type": type }).end(await answer?.text());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `127.0.0.1:${(server.address() as { port: number }).port}`;
}

/** The metrics in the first cells of a table. */
function metricsInTable(table: string): readonly string[] {
  const cells = table.split("\n").map((line) => line.split("|")[1] ?? "");
  return cells.flatMap((cell) => metricsIn(cell)).sort();
}

/** Waits until alerts of these names have fired within this time: some are over soon, where windows are short and the machine is busy. */
async function fired(prometheus: Prometheus, names: readonly string[], within = "5m"): Promise<void> {
  let missing = names;
  await patiently(`${names.join(", ")} fire`, async () => {
    const found = await prometheus.query(`max_over_time(ALERTS{alertstate="firing"}[${within}])`);
    const ever = new Set(found.map(({ metric }) => metric.alertname));
    missing = missing.filter((name) => !ever.has(name));
    return missing.length === 0;
  }).catch(() => assert.fail(`never fired: ${missing.join(", ")}`));
}

/** For a minute: a machine may be busy, and Prometheus looks every two seconds. */
async function patiently(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (await holds()) return;
    await new Promise((later) => setTimeout(later, 200));
  }
  throw new Error(`it never came to this: ${what}`);
}

const minutes = { timeout: 240_000 };

test(
  "the rules and dashboards work in a real Prometheus: each expression is answered, and what goes wrong fires",
  minutes,
  async (t) => {
    const waybill = await startInTrouble(t);
    const target = new URL(waybill.url).host;
    const prometheus = await startPrometheus(t, {
      "prometheus.yml": exampleFor(target, await asText(t, waybill.url)),
      "waybill-rules.yml": hurried(readFileSync(rulesFile, "utf8")),
      "waybill-token": token,
    });

    await waybill.send({ id: "A-0", does: "ok" });
    await waybill.forge();
    await patiently("both forms are scraped", async () => {
      const up = await prometheus.query('count_over_time(waybill_records{state="dead",integration="orders"}[1m]) > 2');
      const refused = await prometheus.query('waybill_refusals_total{job="waybill"} == 1');
      return up.length === 2 && refused.length === 1;
    });
    for (const { scrapePool, health, lastError } of await prometheus.targets())
      assert.equal(health, "up", `${scrapePool}: ${lastError}`);

    await t.test(
      "the page has every metric that there is, and no other; the files name none that is not there",
      async () => {
        const text = await waybill.metrics("text/plain");
        const exported = [...text.matchAll(/^# TYPE (\w+) /gm)].map(([, name = ""]) => name).sort();
        assert.ok(exported.length > 50, `${exported.length} metrics`);
        const page = readFileSync(new URL("../../docs/watching.md", import.meta.url), "utf8");
        const told = metricsInTable(page.split("\n## Metrics\n")[1]?.split("\n## ")[0] ?? "");
        assert.deepEqual(told, exported);
        const files = [readFileSync(rulesFile, "utf8"), ...dashboards().map((board) => JSON.stringify(board))].join(
          "\n",
        );
        const named = metricsIn(files).map((name) => name.replace(/_bucket$/, ""));
        assert.ok(named.length > 30, `${named.length} metrics`);
        assert.deepEqual(
          named.filter((name) => !exported.includes(name)),
          [],
        );
      },
    );

    await t.test("promtool has nothing against the names and types", async () => {
      const { promtool = "" } = programsOf("prometheus");
      const input = await waybill.metrics("text/plain");
      const { status, stdout, stderr } = spawnSync(promtool, ["check", "metrics"], { input, encoding: "utf8" });
      assert.equal(status, 0, stdout + stderr);
    });

    await t.test("both forms of the answer are the same series", async () => {
      const ours = '__name__=~"(waybill|process|nodejs)_.+", __name__!~".+_created"';
      const namesOf = async (job: string): Promise<string[]> => {
        const found = await prometheus.query(`count by (__name__) ({job="${job}", ${ours}})`);
        return found.map(({ metric }) => metric.__name__ ?? "").sort();
      };
      // One may be scraped just before something happens for the first time, and the other after.
      let names: readonly (readonly string[])[] = [];
      await patiently("both have the same names", async () => {
        names = await Promise.all(["waybill", "text-form"].map(namesOf));
        return (names[0]?.length ?? 0) > 40 && names[0]?.join() === names[1]?.join();
      }).catch(() => assert.deepEqual(names[0], names[1]));
      const born = await prometheus.query('waybill_attempts_created{job="waybill"}');
      assert.ok(born.length > 0, "OpenMetrics says when a series began");
      assert.ok(born.every(({ value: [now, began] }) => Number(began) > now - 3_600 && Number(began) <= now + 5));
    });

    for (let n = 0; n < 6; n++) await waybill.forge();
    await waybill.send(
      ...["refuse", "refuse", "cut", "bank", "stock", "stock", "stock"].map((does, n) => ({ id: `B-${n}`, does })),
      { id: "C-1", does: 7 },
      ...Array.from({ length: 6 }, (_, n) => ({ id: `D-${n}`, does: "slow" })),
      { id: "A-0", does: "ok" },
    );

    await t.test("each real cause fires its alert, with words and a command that are filled in", async () => {
      await fired(prometheus, [
        "WaybillDeadGrowing",
        "WaybillHeldGrowing",
        "WaybillQuarantineGrowing",
        "WaybillWaitsForAPerson",
        "WaybillRefuses",
        "WaybillBreakerOpen",
        "WaybillUnauthorized",
        "WaybillSourceFailing",
        "WaybillHeartbeatFailing",
        "WaybillCriticalAlert",
      ]);
      for (const { labels, annotations } of await prometheus.firing()) {
        const { summary = "", description = "", next = "" } = annotations;
        for (const text of [summary, description, next])
          assert.doesNotMatch(text, /^$|<no value>|\{\{|error/i, `${labels.alertname}: ${text}`);
        assert.match(next, /^npx waybill \w/);
      }
    });

    await t.test("a ledger that somebody else keeps locked is told, by a server that still answers", async () => {
      const locked = new DatabaseSync(join(waybill.folder, ".waybill/ledger.db"), { timeout: 30_000 });
      locked.exec("begin immediate");
      const delivery = waybill.post({ id: "E-1", does: "ok" });
      await fired(prometheus, ["WaybillLedgerFailing"]);
      const books = 'up{job="waybill"} == 1 and on (job) max by (job) (waybill_records{state="dead"}) > 0';
      assert.equal((await prometheus.query(books)).length, 1, "the books can be read, and are told");
      locked.exec("rollback");
      locked.close();
      assert.ok([202, 503].includes(await delivery), "the sender knows that it was taken, or that it shall come again");
      await patiently(
        "the ledger is well again",
        async () => (await prometheus.query("waybill_ledger_up == 1")).length > 0,
      );
    });

    await t.test("every rule is healthy", async () => {
      const rules = await prometheus.rules();
      assert.ok(rules.length > 30, `${rules.length} rules`);
      for (const { name, health, lastError } of rules) assert.equal(health, "ok", `${name}: ${lastError}`);
      for (const { query } of rules) await prometheus.query(query);
      for (const { name, query, type } of rules)
        if (type === "recording") assert.ok((await prometheus.query(query)).length > 0, `${name} has no data`);
    });

    await t.test("every panel is answered, and each that should show something does", async () => {
      // Nothing of this goes wrong here.
      const quiet = ["Intake that failed, per minute"];
      const empty: string[] = [];
      for (const { title, panels } of dashboards())
        for (const panel of panels)
          for (const { expr } of panel.targets ?? [])
            if ((await prometheus.query(chosen(expr))).length === 0 && !quiet.includes(panel.title))
              empty.push(`${title}: ${panel.title}: ${chosen(expr)}`);
      // Lines beside others in their panel, of what does not happen here.
      const stillEmpty = empty.filter(
        (one) => !/waybill_system_(stopped|paused)\{.* > 0$|waybill_(system_stops|lookups)_total/.test(one),
      );
      assert.deepEqual(stillEmpty, []);
    });

    await t.test("a process that is gone is noticed from outside", async () => {
      await waybill.kill();
      await fired(prometheus, ["WaybillDown"], "2s");
      // A figure that is missing must not look like one that is well.
      const stats = dashboards().flatMap(({ panels }) => panels.filter(({ type }) => type === "stat"));
      assert.ok(stats.length > 10, `${stats.length} figures`);
      for (const { title, targets = [] } of stats)
        for (const { expr } of targets) {
          const [sample] = await prometheus.query(chosen(expr).replaceAll("waybill.*", "waybill"));
          assert.equal(sample?.value[1], title === "Answers" ? "0" : "-1", title);
        }
    });
  },
);
