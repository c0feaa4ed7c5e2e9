import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { json, projectFolder, type Ran, started, until, waybill } from "./project.ts";

// The story that README.md tells of 5,000 rows, word for word: its commands are read from there and run against a real server.

const rowsGood = 7_000;
const rowsStopped = 5_000;

const prices = `
import { csv, file, integration, system } from "waybill";
import { z } from "zod";

const shop = system("shop", { baseUrl: process.env.SHOP_URL ?? "http://127.0.0.1:1" });

export const prices = integration("prices", {
  source: file("inbox/*.csv", { format: csv(), settle: "200ms", every: "100ms" }),
  contract: z.object({ sku: z.string().min(1), price: z.string(), currency: z.enum(["AUD", "NZD"]) }),
  identify: ({ sku }) => ({ id: sku }),
  async deliver(row, { effect }) {
    await effect("price", shop.put(\`/prices/\${row.sku}\`, { json: row }));
  },
});
`;

/** The commands of the story, as they stand in its blocks. */
function commandsOf(story: string): readonly string[] {
  return [...story.matchAll(/^```sh\n(.*?)\n```$/gms)].flatMap(([, block = ""]) => block.split("\n"));
}

/** A command line as a shell takes it apart, as far as the story needs one. */
function wordsOf(command: string): readonly string[] {
  return [...command.matchAll(/(?:[^\s']+|'[^']*')+/g)].map(([word]) => word.replaceAll("'", ""));
}

async function shop(t: TestContext): Promise<{ url: string; currencies: Map<string, string>; requests: () => number }> {
  const currencies = new Map<string, string>();
  let requests = 0;
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      requests += 1;
      currencies.set(request.url ?? "", (JSON.parse(body) as { currency: string }).currency);
      response.writeHead(200, { "content-type": "application/json" }).end("{}");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as { port: number };
  return { url: `http://127.0.0.1:${port}`, currencies, requests: () => requests };
}

test("5,000 rows that stopped for one cause are found, understood, fixed and released with the four commands of the README", async (t) => {
  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  const [, story = ""] = /^## When 5,000 rows stop\n(.*?)^## /ms.exec(readme) ?? [];
  const commands = commandsOf(story);
  assert.equal(commands.length, 4, "the story has four commands");

  const folder = projectFolder(t);
  writeFileSync(join(folder, "waybill.config.ts"), 'export default { integrations: "prices.ts" };\n');
  writeFileSync(join(folder, "prices.ts"), prices);
  writeFileSync(join(folder, "package.json"), '{"type":"module"}\n');
  mkdirSync(join(folder, "inbox"));
  const rows = Array.from({ length: rowsGood + rowsStopped }, (_, number) => {
    return `S-${number},1.50,${number % 12 < 5 ? "A$" : "AUD"}`;
  });
  writeFileSync(join(folder, "inbox/prices.csv"), `sku,price,currency\n${rows.join("\n")}\n`);
  const { url, currencies, requests } = await shop(t);
  await started(t, folder, { SHOP_URL: url });
  const book = async (): Promise<Record<string, number>> => {
    const { integrations } = await json<{ integrations: Record<string, number>[] }>(folder, ["balance"]);
    return integrations[0] ?? {};
  };
  await until("the good ones are delivered", async () => (await book()).delivered === rowsGood);

  const { groups } = await json<{ groups: { sample: string; count: number }[] }>(folder, ["quarantine", "ls"]);
  assert.deepEqual(
    groups.map(({ count }) => count),
    [rowsStopped],
  );
  const told = /show (\S+)/.exec(commands[1] ?? "")?.[1] ?? "";
  const ran: Ran[] = [];
  for (const command of commands) {
    const [npx, name, ...args] = wordsOf(command.replace(told, groups[0]?.sample ?? ""));
    assert.deepEqual([npx, name], ["npx", "waybill"]);
    const startedAt = performance.now();
    const done = await waybill(folder, args);
    t.diagnostic(`${command}: ${Math.round(performance.now() - startedAt)} ms`);
    assert.equal(done.code, 0, `${command}: ${done.stderr}`);
    ran.push(done);
  }
  const [listed, shown, edited, released] = ran.map(({ stdout }) => stdout);
  assert.match(listed ?? "", /^prices +contract +5000 +currency +Invalid option/m);
  assert.equal(listed?.trim().split("\n").length, 2, "one line for all of them");
  assert.match(shown ?? "", /breaks +currency: Invalid option: .*; found "A\$"/);
  assert.match(edited ?? "", /✓ 5,000 records are quarantined \(edited\)/);
  assert.match(released ?? "", /✓ 5,000 records are waiting/);

  await until("all are delivered", async () => (await book()).delivered === rowsGood + rowsStopped);
  assert.equal((await waybill(folder, ["balance"])).code, 0);
  assert.deepEqual([requests(), currencies.size], [rowsGood + rowsStopped, rowsGood + rowsStopped], "each once");
  assert.deepEqual([...new Set(currencies.values())], ["AUD"]);
  const { timeline, original } = await json<{
    timeline: { what: string; detail?: { why?: string } }[];
    original: string;
  }>(folder, ["show", groups[0]?.sample ?? ""]);
  assert.equal(timeline.find(({ what }) => what === "edited")?.detail?.why, "their A$ is AUD");
  assert.match(original, /"currency":"A\$"/);
});
