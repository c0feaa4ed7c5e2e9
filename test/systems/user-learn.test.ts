import assert from "node:assert/strict";
import { test } from "node:test";
import { type Learn, system } from "waybill";
import { WaybillError } from "../../src/model/errors.ts";
import type { Outcome } from "../../src/model/outcome.ts";
import { lessonOf } from "../../src/systems/user-learn.ts";
import { done, entered, entrance, sentAway } from "./entrance.ts";

const answered = (text: string, headers: Record<string, string> = {}): Outcome => ({
  ...done,
  answer: { status: 200, headers, text },
});
const fromBody: Learn = ({ body }) => body as ReturnType<Learn>;

test("what is left, as the body tells it, is all that leaves before it resets", async () => {
  const { enter, clock } = entrance({
    learn: ({ body }) => ({ left: (body as { left: number }).left, resets: "30s" }),
  });
  entered(await enter("a")).release(answered('{"left":2}'));
  const [b, c] = [entered(await enter("b")), entered(await enter("c"))];
  const d = enter("d", { waitMsMax: 1 });
  await clock.pass(2);
  sentAway(await d);
  b.release(done);
  c.release(done);
  sentAway(await enter("e", { waitMsMax: 1 }));
  await clock.pass(60_000);
  entered(await enter("e"));
});

test("a quota that is spent, and a stop, hold for every call at once, also where the call itself was done", async () => {
  for (const told of ['{"left":0,"resets":"10m"}', '{"stop":"10m"}', '{"stop":"10m","left":5,"resets":"1m"}']) {
    const { enter, clock, events } = entrance({ learn: fromBody });
    const late = entered(await enter("late"));
    entered(await enter("a")).release(answered(told));
    const away = sentAway(await enter("b"));
    assert.ok(away.untilMs - clock.now() >= 600_000, told);
    late.release(answered('{"stop":"1s"}'));
    await clock.pass(590_000);
    sentAway(await enter("b"));
    await clock.pass(9_500);
    const again = enter("b");
    await clock.pass(20_000);
    entered(await again);
    assert.equal(events.filter(({ event }) => event === "system.stopped").length, 1);
  }
});

const at = Date.UTC(2030, 0, 1);
const table: [
  what: string,
  learn: Learn,
  after: number | undefined,
  stop: number | undefined,
  odd: RegExp | undefined,
][] = [
  ["nothing", () => undefined, undefined, undefined, undefined],
  ["a count that is not there", () => ({ left: Number.NaN, resets: "1s" }), undefined, undefined, undefined],
  ["a date", () => ({ left: 1, resets: new Date(at + 5_000) }), 5_000, undefined, undefined],
  ["a stop that is over", () => ({ stop: new Date(at - 1) }), undefined, undefined, undefined],
  ["a stop of a year, cut to an hour", () => ({ stop: "365d" }), undefined, 3_600_000, undefined],
  ["less than nothing", () => ({ left: -1, resets: "1s", stop: "2s" }), undefined, 2_000, /left is -1/],
  ["left without resets", () => ({ left: 3 }), undefined, undefined, /without resets/],
  ["a date that is none", () => ({ stop: new Date("soon") }), undefined, undefined, /stop is a date/],
  ["a duration that is none", () => ({ stop: "soon" as "1s" }), undefined, undefined, /stop/],
  ["a misspelt part", () => ({ remaining: 3 }) as never, undefined, undefined, /"remaining".*left, resets and stop/],
  ["a number", () => 3 as never, undefined, undefined, /returned 3/],
  ["a promise", () => Promise.resolve() as never, undefined, undefined, /expected/],
  [
    "a throw",
    () => {
      throw new Error("no quota");
    },
    undefined,
    undefined,
    /threw at status 200: no quota/,
  ],
];

for (const [what, learn, after, stop, odd] of table) {
  test(`what learn may return: ${what}`, () => {
    const lesson = lessonOf(learn, { status: 200, headers: {}, text: "{}" }, at);
    assert.equal(lesson.quotas[0]?.afterMs, after);
    assert.equal(lesson.stop?.afterMs, stop);
    if (odd === undefined) assert.equal(lesson.odd, undefined);
    else assert.match(lesson.odd ?? "", odd);
  });
}

test("code that throws while it learns undoes no call, and is named", async () => {
  const { enter, events } = entrance({
    learn: () => {
      throw new Error("quota is undefined");
    },
  });
  entered(await enter("a")).release(answered("{}"));
  entered(await enter("b")).release(done);
  const [event] = events;
  assert.equal(event?.event, "system.absurd");
  assert.match(JSON.stringify(event), /what learn told: it threw at status 200: quota is undefined/);
});

test("learn is refused where it is declared, when it cannot be", () => {
  const baseUrl = "https://learn.example";
  assert.throws(() => system("learn-a", { baseUrl, learn: "10m" as never }), WaybillError);
  assert.throws(() => system("learn-b", { baseUrl, learn: (async () => undefined) as never }), /async/);
  assert.throws(() => system("learn-c", { baseUrl, lern: fromBody } as never), /learn/);
});
