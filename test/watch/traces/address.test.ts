import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { shownAddress } from "../../../src/watch/traces/address.ts";

const redact = (text: string): string => text.replaceAll("hush-hush", "[secret BOOKS]");

test("an address in a trace says where a request went, and no value of its query", () => {
  const table = [
    ["/v2/orders", "https://api.example.com/v2/orders"],
    ["/v2/orders?", "https://api.example.com/v2/orders"],
    ["/v2/orders?ref=A-1&mail=ada%40example.org", "https://api.example.com/v2/orders?ref=REDACTED&mail=REDACTED"],
    ["/v2/orders?ada%40example.org", "https://api.example.com/v2/orders?REDACTED"],
    ["/v2/orders?ref=a=b?c", "https://api.example.com/v2/orders?ref=REDACTED"],
    ["/v2/hush-hush/orders?hush-hush=1", "https://api.example.com/v2/[secret BOOKS]/orders?[secret BOOKS]=REDACTED"],
  ] as const;
  for (const [path, expected] of table) assert.equal(shownAddress("https://api.example.com", path, redact), expected);
});

test("no value of any query stands in it, and it stays short", () => {
  const pair = fc.tuple(
    fc.constantFrom("a", "b", "page"),
    fc.string({ maxLength: 5_000 }).map((text) => `canary${text}`),
  );
  fc.assert(
    fc.property(fc.array(pair, { maxLength: 80 }), fc.string({ maxLength: 3_000 }), (pairs, path) => {
      const query = pairs.map(([name, value]) => `${name}=${encodeURIComponent(value.toWellFormed())}`).join("&");
      const shown = shownAddress("https://api.example.com", `/${path.replace(/[?]/g, "")}?${query}`, (text) => text);
      assert.ok(!shown.includes("canary"));
      assert.ok(shown.length <= 2_000);
    }),
  );
});
