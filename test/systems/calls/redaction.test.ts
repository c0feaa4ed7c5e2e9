import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { withoutCards, withoutCredentials } from "../../../src/systems/calls/credentials.ts";
import { withoutHiddenMembers, withoutHiddenPairs } from "../../../src/systems/calls/names.ts";
import { shownBody, shownHeaders } from "../../../src/systems/calls/shown.ts";

const asIs = (text: string): string => text;

test("hides members of JSON by their names, whatever they hold, and leaves the rest as it came", () => {
  for (const [text, shown] of [
    ['{"password":"x","n":1}', '{"password":"[redacted]","n":1}'],
    ['{"n": 1, "api_key" : 12 }', '{"n": 1, "api_key" : "[redacted]"}'],
    ['{"credentials":{"user":"a","list":[1,{"b":"}"}]},"n":1}', '{"credentials":"[redacted]","n":1}'],
    ['{"accessToken":null,"ok":true}', '{"accessToken":"[redacted]","ok":true}'],
    ['{"\\u0070assword":"x"}', '{"\\u0070assword":"[redacted]"}'],
    ['{"id":12345678901234567890.10}', '{"id":12345678901234567890.10}'],
    ['{"key":"A-1","idempotency_key":"k"}', '{"key":"A-1","idempotency_key":"k"}'],
    ['{"a":"{\\"token\\":\\"x\\"}"}', '{"a":"{\\"token\\":\\"[redacted]\\"}"}'],
    ['{"form":"a=1&token=x"}', '{"form":"a=1&token=[redacted]"}'],
    ['{"secret":"cut in the mid', '{"secret":"[redacted]"'],
    ['{"secret":{"a":"cut in the mid', '{"secret":"[redacted]"'],
    ["not JSON", "not JSON"],
  ] as const)
    assert.equal(withoutHiddenMembers(text), shown);
});

test("hides pairs of queries and forms, credentials in addresses, schemes and cards", () => {
  assert.equal(withoutHiddenPairs("a=1&client_secret=x&b=2", "body"), "a=1&client_secret=[redacted]&b=2");
  assert.equal(
    withoutHiddenPairs("https://a.example/b?sig=x&key=y&n=1#f", "query"),
    "https://a.example/b?sig=[redacted]&key=[redacted]&n=1#f",
  );
  assert.equal(withoutCredentials("at postgres://me:pa55@db/x"), "at postgres://[redacted]@db/x");
  assert.equal(withoutCredentials("Authorization: Bearer abcdefgh.ijk"), "Authorization: Bearer [redacted]");
  assert.equal(withoutCards('{"n":"4242 4242 4242 4242"}'), '{"n":"[card …4242]"}');
  assert.equal(withoutCards('{"order":4242424242424243}'), '{"order":4242424242424243}');
});

test("never lets a value of a hidden name through, wherever it stands in JSON", () => {
  const canary = "c4n4ry-value";
  const hiding = fc.constantFrom("password", "api_key", "X-Auth-Token", "clientSecret", "Set-Cookie", "card_number");
  const value: fc.Arbitrary<unknown> = fc.constantFrom(
    canary,
    [canary],
    { deep: { er: canary } },
    JSON.stringify({ token: canary }),
  );
  const tree = fc.letrec((tie) => ({
    node: fc.oneof(
      { maxDepth: 4 },
      fc.string(),
      fc.integer(),
      fc.array(tie("node")),
      fc.dictionary(fc.string(), tie("node")),
    ),
  })).node;
  fc.assert(
    fc.property(tree, hiding, value, fc.boolean(), (rest, name, held, spaced) => {
      const text = JSON.stringify({ rest, [name]: held, after: rest }, undefined, spaced ? 2 : undefined);
      const shown = withoutHiddenMembers(text);
      assert.ok(!shown.includes(canary), shown);
      assert.deepEqual(Object.keys(JSON.parse(shown) as object), Object.keys(JSON.parse(text) as object));
    }),
  );
});

test("keeps only the beginning of a body, and of a secret across the end not even half", () => {
  const secret = "s3cr3t-".repeat(20);
  const redact = (text: string): string => text.replaceAll(secret, "[secret S]");
  const body = `${"x".repeat(95)}${secret}${"y".repeat(5_000_000)}`;
  const shown = shownBody(body, 100, redact);
  assert.equal(shown, `${"x".repeat(95)}[secr`);
});

test("shows headers without what steers a terminal, and no more than a few", () => {
  const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`x-${n}`, "v"]));
  const shown = shownHeaders({ "x-evil": "\u001b[2J\u202e", "set-cookie": "id=1", ...many }, asIs);
  assert.equal(shown["x-evil"], "·[2J·");
  assert.equal(shown["set-cookie"], "[redacted]");
  assert.equal(Object.keys(shown).length, 51);
});

test("reads megabytes of quotes, brackets and pairs in no time that anybody notices", () => {
  for (const nasty of [
    '"'.repeat(1_000_000),
    "[".repeat(1_000_000),
    '{"a":'.repeat(200_000),
    "a=".repeat(500_000),
    '\\"'.repeat(500_000),
    "4 ".repeat(500_000),
    "://".repeat(300_000),
  ])
    shownBody(nasty, 8_192, asIs);
});
