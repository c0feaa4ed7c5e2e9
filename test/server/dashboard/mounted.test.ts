import assert from "node:assert/strict";
import { test } from "node:test";
import { integration, secret, webhook } from "waybill";
import { z } from "zod";
import { alertView } from "../../../src/watch/alerts/view.ts";
import { env, ordersIntegration, serving, shopSecret, signed } from "../serving.ts";
import { alertId, alertRow, type Pages, pages, token, tokens } from "./pages.ts";

// Waybill under a path of another site: whoever follows a link of a page stays in Waybill, and finds something there.

const origin = "https://x.example";
const base = "/tools/waybill";

/** How a request of a browser to the public address reaches Waybill. */
const ways = {
  "mounted in a program that leaves the path as it is": (path: string) => path,
  "behind a proxy that takes the path off": (path: string) =>
    path.startsWith(base) ? path.slice(base.length) || "/" : `/not-waybill${path}`,
} as const;

interface Visited {
  readonly status: number;
  readonly text: string;
  readonly location: string | null;
  readonly type: string;
}

async function visit({ at }: Pages, way: (path: string) => string, url: URL, init: RequestInit = {}): Promise<Visited> {
  const answer = await fetch(at.url + way(url.pathname) + url.search, {
    redirect: "manual",
    ...init,
    headers: { accept: "text/html", ...(init.headers as Record<string, string> | undefined) },
  });
  const type = answer.headers.get("content-type") ?? "";
  const { status, headers } = answer;
  const isStream = type.startsWith("text/event-stream");
  const text = isStream ? "" : await answer.text();
  if (isStream) await answer.body?.cancel();
  return { status, text, type, location: headers.get("location") };
}

/** Every address on a page, as a browser would go there. */
function addressesOn(page: string, at: URL): { readonly links: URL[]; readonly posts: URL[] } {
  const decoded = (text: string): string =>
    text.replaceAll("&amp;", "&").replaceAll("&#39;", "'").replaceAll("&quot;", '"');
  const found = (pattern: RegExp): URL[] => [...page.matchAll(pattern)].map(([, to = ""]) => new URL(decoded(to), at));
  return {
    links: [...found(/<[^>]* (?:href|src)="([^"]*)"/g), ...found(/data-live="([^"]*)"/g)],
    posts: found(/<form method="post" action="([^"]*)"/g),
  };
}

for (const [name, way] of Object.entries(ways)) {
  test(`every address on every page leads to something of Waybill, ${name}`, async (t) => {
    const all = await pages(t, { ...tokens, server: { ...tokens.server, publicUrl: origin + base } });
    const form = new URLSearchParams({ token, name: "ann", to: "" });
    const signIn = new URL(`${origin}${base}/sign-in`);
    const entered = await fetch(all.at.url + way(signIn.pathname), {
      method: "POST",
      body: form,
      redirect: "manual",
      headers: { origin },
    });
    assert.equal(entered.status, 303);
    assert.equal(new URL(entered.headers.get("location") ?? "", signIn).href, `${origin}${base}/`);
    const cookie = entered.headers.getSetCookie()[0]?.split(";")[0] ?? "";
    const seen = new Set<string>();
    const posts = new Set<string>();
    const queue = [new URL(`${origin}${base}/`)];
    for (let next = queue.shift(); next !== undefined && seen.size < 400; next = queue.shift()) {
      next.hash = "";
      if (seen.has(next.href)) continue;
      seen.add(next.href);
      assert.equal(next.origin, origin, next.href);
      assert.ok(next.pathname.startsWith(`${base}/`), `${next.href} is not Waybill any more`);
      const shown = await visit(all, way, next, { headers: { cookie } });
      assert.equal(shown.status, 200, next.href);
      if (!shown.type.startsWith("text/html")) continue;
      const on = addressesOn(shown.text, next);
      queue.push(...on.links);
      for (const { href } of on.posts) posts.add(href);
    }
    assert.ok(seen.size > 20, `${seen.size} pages`);
    const records = Object.values(all.records);
    for (const record of records) assert.ok(seen.has(`${origin}${base}/records/${record}`), record);
    assert.ok(posts.size >= 15, [...posts].join("\n"));
    for (const post of posts) {
      assert.ok(post.startsWith(`${origin}${base}/`), post);
      // Without a ticket each says so, and that it is there.
      const said = await visit(all, way, new URL(post), {
        method: "POST",
        body: new URLSearchParams(),
        headers: { cookie, origin },
      });
      assert.equal(said.status, 403, post);
      assert.match(said.text, /Nothing was done/, post);
    }
  });

  test(`a person who is not signed in comes back to where he wanted to go, and a deed leads back to its page, ${name}`, async (t) => {
    const all = await pages(t, { ...tokens, server: { ...tokens.server, publicUrl: origin + base } });
    const wanted = new URL(`${origin}${base}/records/${all.records.dead}?a=b&c=d`);
    const sentTo = await visit(all, way, wanted);
    assert.equal(sentTo.status, 303);
    const door = new URL(sentTo.location ?? "", wanted);
    assert.equal(door.pathname, `${base}/sign-in`);
    const page = await visit(all, way, door);
    const to = /name="to" value="([^"]*)"/.exec(page.text)?.[1]?.replaceAll("&amp;", "&") ?? "";
    const body = new URLSearchParams({ token, name: "ann", to });
    const answer = await fetch(all.at.url + way(door.pathname), {
      method: "POST",
      body,
      redirect: "manual",
      headers: { origin },
    });
    assert.equal(new URL(answer.headers.get("location") ?? "", door).href, wanted.href);
    const cookie = answer.headers.getSetCookie()[0]?.split(";")[0] ?? "";

    const deed = new URL(`${origin}${base}/systems/books-of-pages/pause`);
    const systems = await visit(all, way, new URL(`${origin}${base}/systems`), { headers: { cookie } });
    const ticket = /books-of-pages\/pause".*?name="ticket" value="([^"]*)"/s.exec(systems.text)?.[1] ?? "";
    const done = await visit(all, way, deed, {
      method: "POST",
      body: new URLSearchParams({ ticket, why: "x" }),
      headers: { cookie, origin },
    });
    assert.equal(done.status, 303, done.text);
    assert.equal(new URL(done.location ?? "", deed).href, `${origin}${base}/systems`);
    assert.equal((await all.at.assembly.pauses.list()).length, 1);
  });
}

test("the public address without its last slash leads to the one with it, and nowhere else", async (t) => {
  const all = await pages(t, { ...tokens, server: { ...tokens.server, publicUrl: `${origin}${base}/` } });
  const { status, location } = await visit(all, (path) => path, new URL(`${origin}${base}?a=b`));
  assert.deepEqual([status, location], [303, `${base}/?a=b`]);
  for (const path of [`${base}//evil.example`, `${base}evil`, `${base}/../evil`, `${base}/%2e%2e/evil`]) {
    const answer = await fetch(all.at.url + path, { redirect: "manual", headers: { accept: "text/html" } });
    const led = new URL(answer.headers.get("location") ?? "", origin + path);
    assert.equal(led.origin, origin, path);
  }
});

test("the address in an alert leads to Waybill under its path, with a slash at its end or without", () => {
  for (const url of [`${origin}${base}`, `${origin}${base}/`, `${origin}${base}?a#b`]) {
    const alert = alertView(alertRow("0abc"), url, (text) => text);
    assert.equal(alert.url, `${origin}${base}/alerts/${alertId}`);
  }
  assert.equal(
    alertView(alertRow("0abc"), "http://127.0.0.1:8080", String).url,
    `http://127.0.0.1:8080/alerts/${alertId}`,
  );
});

test("a webhook whose path begins like the public address is still found where its sender was told", async (t) => {
  const shop = integration("shops", {
    source: webhook("/orders", { verify: shopSecret }),
    contract: z.object({ id: z.string(), total: z.number() }),
    identify: ({ id }: { id: string }) => ({ id }),
    async deliver() {},
  } as never);
  const at = await serving(t, {
    integrations: [ordersIntegration(), shop],
    token: secret("API_TOKEN"),
    env,
    server: { publicUrl: "https://x.example/shop" },
  });
  const body = JSON.stringify({ id: "A-1", total: 1 });
  const { app } = at.assembly;
  for (const path of ["/shop/orders", "/shop/shop/orders"]) {
    const request = new Request(`https://x.example${path}`, { method: "POST", body, headers: signed(body) });
    assert.equal((await app.fetch(request)).status, 202, path);
  }
  const books = await at.assembly.ledger.balance(undefined);
  assert.deepEqual(
    books.filter(({ received }) => received > 0).map(({ integration }) => integration),
    ["orders"],
  );
});
