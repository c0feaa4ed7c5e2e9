import assert from "node:assert/strict";
import { test } from "node:test";
import { type } from "arktype";
import * as v from "valibot";
import { z } from "zod";
import { integration } from "../../src/define/integration.ts";
import { push } from "../../src/define/push.ts";
import type { AnySchema } from "../../src/define/schema.ts";
import { type Broken, type Gate, type Passed, type ReadResult, readKept, readRecord } from "../../src/flow/boundary.ts";
import { digest, hex } from "../../src/model/identity.ts";
import { decodeJson } from "../../src/model/json.ts";
import { itemHandedIn } from "../../src/sources/push.ts";
import { virtualClock } from "../world/virtual-clock.ts";

type Says = Record<string, unknown>;

const clock = virtualClock();

function gate(says: Says = {}): Gate {
  const definition = integration("orders", {
    source: push(),
    contract: z.object({ id: z.string(), total: z.number() }),
    identify: (order: { id: string }) => ({ id: order.id }),
    async deliver() {},
    ...says,
  } as never).definition;
  return { definition, tenant: "", contract: "r1", clock, redact: (text) => text };
}

/** A record as JSON text, read at once. */
function read(text: string, says: Says = {}): ReadResult {
  const result = readRecord(gate(says), { value: decodeJson(text), raw: text, rawHash: digest(text) });
  assert.ok(!(result instanceof Promise), "a contract that is not async answers at once");
  return result;
}

function passed(result: ReadResult): Passed {
  assert.equal(
    result.kind,
    "passed",
    JSON.stringify(result, (_, value) => (typeof value === "bigint" ? String(value) : value)),
  );
  return result as Passed;
}

function broken(result: ReadResult): Broken {
  assert.equal(result.kind, "broken");
  return result as Broken;
}

const any = z.any();

test("what meets the contract is named, hashed and kept once", () => {
  const text = '{"id":"A-1","total":12}';
  const { reading, state } = passed(read(text));
  assert.equal(state, "waiting");
  assert.deepEqual(
    [
      reading.identity.id,
      reading.identity.entity,
      reading.identity.key,
      reading.identity.keyGiven,
      reading.identity.version,
    ],
    ["A-1", "A-1", "A-1", false, undefined],
  );
  assert.equal(reading.content, undefined, "what the contract made of it is the raw text itself");
  assert.equal(passed(read('{ "id": "A-1", "total": 12 }')).reading.content, text);
  assert.equal(reading.sameId, "conflict");
});

test("records that mean the same have one fingerprint, and others another", () => {
  const of = (text: string, says?: Says): string => hex(passed(read(text, says)).reading.identity.fingerprint);
  assert.equal(of('{"id":"A","total":1}'), of(' {"total":1.0,"id":"A","extra":true} '));
  assert.notEqual(of('{"id":"A","total":1}'), of('{"id":"A","total":2}'));
  const withDefault = {
    contract: z.object({ id: z.string(), total: z.number(), currency: z.string().default("AUD") }),
  };
  assert.equal(of('{"id":"A","total":1}', withDefault), of('{"id":"A","total":1,"currency":"AUD"}', withDefault));
});

test("whatever library the contract comes from, what breaks it is told with path, rule and what was found", () => {
  const contracts: [name: string, contract: AnySchema][] = [
    ["zod", z.object({ id: z.string(), lines: z.array(z.object({ qty: z.number().max(5) })) })],
    ["valibot", v.object({ id: v.string(), lines: v.array(v.object({ qty: v.pipe(v.number(), v.maxValue(5)) })) })],
    ["arktype", type({ id: "string", lines: type({ qty: "number <= 5" }).array() })],
  ];
  for (const [name, contract] of contracts) {
    const { cause, issues, reason } = broken(read('{"id":"A","lines":[{"qty":1},{"qty":6}]}', { contract }));
    assert.equal(cause, "contract", name);
    assert.deepEqual([issues[0]?.path, issues[0]?.found], ["lines.1.qty", "6"], name);
    assert.match(issues[0]?.message ?? "", /5/, name);
    assert.ok(reason.startsWith("lines.1.qty: "), name);
    assert.equal(passed(read('{"id":"A","lines":[{"qty":5}]}', { contract })).reading.identity.id, "A", name);
  }
});

test("what was found is shown short, and nothing as nothing", () => {
  const long = `{"id":5,"total":${JSON.stringify("x\\u0000".repeat(500))}}`;
  const { issues } = broken(read(long));
  assert.deepEqual(
    issues.map(({ path }) => path),
    ["id", "total"],
  );
  assert.ok((issues[1]?.found.length ?? 0) <= 200);
  assert.equal(broken(read('{"total":1}')).issues[0]?.found, "nothing");
  const exact = broken(read('{"id":"A","total":19.990000000000000001}')).issues[0];
  assert.equal(exact?.found, "19.990000000000000001");
  assert.match(exact?.message ?? "", /more digits than a double/);
  const many = broken(
    read(JSON.stringify({ id: "A", total: 1, list: Array(200).fill("x") }), {
      contract: z.object({ list: z.array(z.number()) }),
    }),
  );
  assert.equal(many.issues.length, 51);
  assert.match(many.issues[50]?.message ?? "", /150 more/);
});

test("a contract that fails is not a record that breaks it", () => {
  const standard = (validate: (value: unknown) => unknown): AnySchema =>
    ({ "~standard": { version: 1, vendor: "test", validate } }) as AnySchema;
  const table: [name: string, contract: AnySchema, says: RegExp][] = [
    [
      "throws",
      standard(() => {
        throw new Error("no table");
      }),
      /threw: no table/,
    ],
    [
      "throws a non-error",
      standard(() => {
        throw { odd: 1 };
      }),
      /odd/,
    ],
    ["answers nothing", standard(() => undefined), /neither/],
    ["makes a Map", standard(() => ({ value: new Map() })), /cannot be kept.*Map/],
    [
      "makes a circle",
      standard(() => {
        const value: Says = {};
        value.value = value;
        return { value };
      }),
      /contains itself/,
    ],
  ];
  for (const [name, contract, says] of table) {
    const { cause, reason, reading } = broken(read("{}", { contract }));
    assert.equal(cause, "contract-failed", name);
    assert.match(reason, says, name);
    assert.equal(reading, undefined);
  }
  assert.equal(broken(read("{}", { contract: standard(() => ({ issues: [] })) })).cause, "contract");
});

test("an async contract is waited for, and not for ever", async () => {
  const asked: (() => void)[] = [];
  const slow = z
    .object({ id: z.string() })
    .refine(() => new Promise<boolean>((resolve) => asked.push(() => resolve(true))));
  const reading = readRecord(gate({ contract: slow }), { value: { id: "A" }, raw: '{"id":"A"}', rawHash: digest("") });
  assert.ok(reading instanceof Promise);
  await clock.pass(29_000);
  for (const answer of asked) answer();
  assert.equal(passed(await reading).reading.identity.id, "A");
  assert.equal(clock.timers(), 0, "its timer is gone");

  const hanging = readRecord(gate({ contract: slow }), { value: { id: "A" }, raw: "", rawHash: digest("") });
  await clock.pass(30_000);
  assert.match(broken(await hanging).reason, /did not answer within 30 seconds/);

  const away = v.pipeAsync(
    v.string(),
    v.checkAsync(() => Promise.reject(new Error("db is away"))),
  );
  const failing = readRecord(gate({ contract: away }), { value: "x", raw: "", rawHash: digest("") });
  assert.match(broken(await failing).reason, /db is away/);
  assert.equal(broken(await failing).cause, "contract-failed");
});

test("who a record is has to be said in a form that every store can keep", () => {
  const table: [name: string, answer: unknown, says: RegExp][] = [
    ["no object", "A-1", /no object/],
    ["null", null, /no object/],
    ["no id", {}, /id from identify is undefined/],
    ["null id", { id: null }, /is null/],
    ["empty id", { id: "" }, /id from identify is empty/],
    ["a fraction", { id: 1.5 }, /1\.5.*String/],
    ["an object", { id: {} }, /a object; did you mean String/],
    ["a Date", { id: new Date(0) }, /toISOString/],
    ["an object in text", { id: `order ${String({})}` }, /\[object Object\]/],
    ["undefined as text", { id: "undefined" }, /undefined/],
    ["a long id", { id: "x".repeat(513) }, /513 bytes; at most 512/],
    ["a long id in bytes", { id: "€".repeat(171) }, /513 bytes/],
    ["NUL", { id: "a\0b" }, /NUL/],
    ["half a character", { id: "a\ud800" }, /half a character/],
    ["empty entity", { id: "A", entity: "" }, /entity from identify is empty/],
    ["long key", { id: "A", key: "x".repeat(600) }, /key from identify has 600 bytes/],
    ["null key", { id: "A", key: null }, /key from identify is null/],
    ["a version for nothing", { id: "A", version: 3 }, /latestOnly/],
  ];
  for (const [name, answer, says] of table) {
    const { cause, reason, reading } = broken(read("{}", { contract: any, identify: () => answer }));
    assert.equal(cause, "identity", name);
    assert.match(reason, says, name);
    assert.equal(reading, undefined, name);
  }
  const thrown = broken(
    read("{}", {
      contract: any,
      identify: () => {
        throw new TypeError("no id in it");
      },
    }),
  );
  assert.match(thrown.reason, /identify threw: no id in it/);
  assert.match(broken(read("{}", { contract: any, identify: () => Promise.resolve({ id: "A" }) })).reason, /promise/);
});

test("whole numbers are taken as ids, by their digits", () => {
  const names = (answer: unknown): unknown[] => {
    const { identity } = passed(read("{}", { contract: any, identify: () => answer })).reading;
    return [identity.id, identity.entity, identity.key, identity.keyGiven];
  };
  assert.deepEqual(names({ id: 5 }), ["5", "5", "5", false]);
  assert.deepEqual(names({ id: 9007199254740993n, entity: 7, key: 5 }), ["9007199254740993", "7", "5", true]);
  assert.deepEqual(names({ id: "A", entity: undefined, key: undefined }), ["A", "A", "A", false]);
  assert.deepEqual(names({ id: "A", entity: "E" }), ["A", "E", "E", false]);
  assert.deepEqual(names({ id: "é".repeat(256) }).slice(0, 1), ["é".repeat(256)]);
});

test("latestOnly needs entity and version, and compares it as what it is", () => {
  const versioned = (answer: unknown): ReadResult =>
    read("{}", { contract: any, latestOnly: true, identify: () => answer });
  assert.equal(
    passed(versioned({ id: "A", entity: "A", version: 5 })).reading.identity.version,
    "i10000000000000000005",
  );
  assert.match(broken(versioned({ id: "A", entity: "A" })).reason, /needs a version/);
  assert.match(broken(versioned({ id: "A", version: 5 })).reason, /needs the entity/);
  const { cause, issues } = broken(versioned({ id: "A", entity: "A", version: "2026-01-01T00:00:00" }));
  assert.deepEqual([cause, issues[0]?.path, issues[0]?.found], ["identity", "version", '"2026-01-01T00:00:00"']);
  assert.match(issues[0]?.message ?? "", /without a zone/);
});

test("accept filters with a reason, and its mistakes are no reasons", () => {
  const accepting = (accept: unknown): ReadResult => read('{"id":"A","total":1}', { accept });
  assert.equal(passed(accepting(() => true)).state, "waiting");
  const no = passed(accepting(() => false));
  assert.deepEqual([no.state, no.cause, no.reason], ["filtered", "not-accepted", "accept said no"]);
  assert.equal(passed(accepting(() => "no email address")).reason, "no email address");
  const table: [accept: unknown, says: RegExp][] = [
    [() => undefined, /type undefined; it returns true, false/],
    [() => 1, /type number/],
    [() => null, /null/],
    [() => Promise.resolve(true), /promise/],
    [
      () => {
        throw new Error("odd");
      },
      /accept threw: odd/,
    ],
  ];
  for (const [accept, says] of table) {
    const { cause, reason, reading } = broken(accepting(accept));
    assert.equal(cause, "accept-failed");
    assert.match(reason, says);
    assert.equal(reading?.identity.id, "A", "it is known which record it is");
  }
});

test("code that changes what it is given changes nothing that is kept", () => {
  const spoil = (record: Says): void => {
    record.total = 999;
  };
  const { reading } = passed(
    read('{ "id":"A", "total":1 }', {
      identify: (record: Says) => {
        spoil(record);
        return { id: "A" };
      },
      accept: (record: Says) => {
        spoil(record);
        return true;
      },
    }),
  );
  assert.equal(reading.content, '{"id":"A","total":1}');
});

test("what a contract makes keeps its types", () => {
  const contract = z.object({ id: z.string(), at: z.coerce.date(), n: z.bigint() });
  const { reading } = passed(read('{"id":"A","at":"2026-01-01T00:00:00Z","n":9007199254740993}', { contract }));
  assert.equal(reading.content, '{"id":"A","at":{"$date":"2026-01-01T00:00:00.000Z"},"n":9007199254740993}');
});

test("what is kept of a record is read again as it was read first", async () => {
  const typed = { contract: z.object({ id: z.string(), at: z.date(), $date: z.string().optional() }) };
  const item = itemHandedIn({ id: "A", at: new Date(7) });
  const first = passed(await readRecord(gate(typed), item));
  const again = passed(await readKept(gate(typed), "push:orders", item.raw));
  assert.equal(hex(again.reading.identity.fingerprint), hex(first.reading.identity.fingerprint));
  // A webhook's JSON is never read by the codec: an object that looks like one of its tags is the sender's own.
  const likeTag = broken(
    await readKept(gate(typed), "webhook:/orders", '{"id":"A","at":{"$date":"1970-01-01T00:00:00.007Z"}}'),
  );
  assert.equal(likeTag.issues[0]?.path, "at");
  const bytes = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('{"id":"Ä","total":1}', "utf16le")]);
  assert.equal(passed(await readKept(gate(), "webhook:/orders", bytes)).reading.identity.id, "Ä");
  const twice = broken(await readKept(gate(), "webhook:/orders", '{"id":"A","id":"B"}'));
  assert.deepEqual([twice.cause, twice.issues[0]?.path], ["contract", "id"]);
});

test("what the user's own code says in its own words is stored without the secrets that it quotes", async () => {
  const quoting = (): never => {
    throw new Error(`no answer to Bearer s3cret-${"x".repeat(600)}, s3cret`);
  };
  const { contract } = gate().definition;
  const schema = (answer: () => unknown): AnySchema =>
    ({ "~standard": { version: 1, vendor: "own", validate: answer } }) as unknown as AnySchema;
  const ways: readonly Says[] = [
    { contract: schema(quoting) },
    { contract: schema(async () => quoting()) },
    { contract: schema(() => ({ issues: [{ message: `${"y".repeat(496)}s3cret` }] })) },
    { identify: quoting },
    { unique: quoting },
    { accept: quoting },
    { accept: () => "not while s3cret holds" },
  ];
  for (const says of ways) {
    const safe: Gate = { ...gate({ contract, ...says }), redact: (text) => text.replaceAll("s3cret", "[KEY]") };
    const result = await readRecord(safe, { value: { id: "A-1", total: 1 }, raw: "{}", rawHash: digest("{}") });
    const { reason = "" } = result as Passed;
    const stored = JSON.stringify([reason, (result as { issues?: unknown }).issues]);
    assert.ok(!/s3c/.test(stored) && reason !== "", stored);
  }
});
