import assert from "node:assert/strict";
import { test } from "node:test";
import { secret } from "waybill";
import { addressOf, afterWrong, type Tries, WrongTokens } from "../../src/server/wrong-tokens.ts";
import { bearer, clockAhead, pages, token, tokens } from "./dashboard/pages.ts";
import { type ErrorBody, serving } from "./serving.ts";

const second = 1_000;
const minute = 60 * second;

test("the wait begins with the tenth wrong token, doubles with each further one, and ends growing at a minute", () => {
  let tries: Tries | undefined;
  const waits: number[] = [];
  for (let number = 0; number < 18; number++) {
    tries = afterWrong(tries, 0);
    waits.push(tries.untilMs / second);
  }
  assert.deepEqual(waits, [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
  assert.equal(afterWrong(tries, 14 * minute).untilMs, 15 * minute, "it is remembered");
  assert.deepEqual(afterWrong(tries, 15 * minute), { wrong: 1, lastMs: 15 * minute, untilMs: 15 * minute });
});

test("as many addresses as there are room for are remembered, those that were wrong last, and the same wrong token counts once", () => {
  const tries = new WrongTokens({ monotonic: () => 0 }, 3);
  const guess = (from: string | undefined, count: number): void => {
    for (let number = 0; number < count; number++) tries.add(from, `guess ${number}`);
  };
  guess("a", 10);
  guess("b", 10);
  guess("c", 10);
  assert.ok(tries.waitMs("a") > 0);
  guess("d", 10);
  assert.deepEqual(
    ["a", "b", "c", "d"].map((from) => tries.waitMs(from) > 0),
    [false, true, true, true],
  );
  for (let number = 0; number < 100; number++) tries.add("e", "the token of last year");
  guess(undefined, 100);
  assert.deepEqual([tries.waitMs("e"), tries.waitMs(undefined)], [0, 0]);
});

test("only a proxy that is declared names an address, and all addresses of one household are one", () => {
  const asked = (forwarded: string) => new Request("http://x", { headers: { "x-forwarded-for": forwarded } });
  const behind = { trustedProxies: ["10.0.0.7"] };
  for (const [server, connected, forwarded, from] of [
    [{}, "10.0.0.7", "192.0.2.1", "10.0.0.7"],
    [behind, "10.0.0.7", "192.0.2.1", "192.0.2.1"],
    [behind, "10.0.0.7", "1.1.1.1, 192.0.2.1", "192.0.2.1"],
    [behind, "10.0.0.8", "192.0.2.1", "10.0.0.8"],
    [behind, undefined, "192.0.2.1", undefined],
    [{}, "::ffff:10.0.0.8", "", "10.0.0.8"],
  ] as const)
    assert.equal(addressOf(server, asked(forwarded), connected), from, `${connected} for ${forwarded}`);
  const of = (address: string) => addressOf({}, asked(""), address);
  assert.equal(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
  assert.notEqual(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
});

test("an address that guesses is told to wait, whatever it shows then, and nobody else is; after the wait the right token passes", async (t) => {
  const time = clockAhead();
  const at = await serving(t, {
    token: secret("API_TOKEN"),
    env: tokens.env,
    clock: time.clock,
    trustedProxies: ["127.0.0.1"],
  });
  const from = (address: string, of: string): Promise<Response> =>
    at.get("/v1/balance", { ...bearer(of), "x-forwarded-for": address });
  for (let number = 0; number < 10; number++) assert.equal((await from("192.0.2.1", `guess ${number}`)).status, 401);
  const right = await from("192.0.2.1", token);
  assert.equal(right.status, 429);
  assert.equal(right.headers.get("retry-after"), "1");
  assert.equal(((await right.json()) as ErrorBody).error.code, "too-many-tries");
  assert.equal((await from("192.0.2.2", token)).status, 200, "another address");
  assert.equal((await at.get("/v1/balance", { "x-forwarded-for": "192.0.2.1" })).status, 401, "it shows none");
  time.forward(second);
  assert.equal((await from("192.0.2.1", token)).status, 200);
  assert.equal((await from("192.0.2.1", "one more")).status, 401);
  assert.equal((await from("192.0.2.1", token)).headers.get("retry-after"), "2");
});

test("signing in is slowed likewise, and who has signed in already goes on", async (t) => {
  const time = clockAhead();
  const all = await pages(t, { ...tokens, clock: time.clock });
  const ann = await all.person("ann");
  for (let number = 0; number < 10; number++)
    assert.equal((await all.browser().signIn(`guess ${number}`, "eve")).status, 401);
  const waits = await all.browser().signIn(token, "ben");
  assert.equal(waits.status, 429);
  assert.equal(waits.headers.get("retry-after"), "1");
  assert.match(await waits.text(), /Too many wrong tokens came from this address.*Come again in 1 second/s);
  assert.equal((await ann.get("/")).status, 200);
  time.forward(second);
  assert.equal((await all.browser().signIn(token, "ben")).status, 303);
});
