// What a person reads who made a mistake: the compiler's own words, mistake by mistake. Each must name what is wrong in a sentence.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { type Complaints, compile } from "./compiler.ts";

const preamble = `
  import { bearer, byKey, byLookup, integration, poll, push, rate, secret, system, webhook } from "waybill";
  import { z } from "zod";
  const books = system("books", { baseUrl: "https://books.example" });
  const bank = system("bank");
  const Charge = z.object({ id: z.string() });
  const contract = z.object({ id: z.string(), at: z.number() });
  const source = push();
  const identify = (record: { id: string }) => ({ id: record.id });
  export const used = [bearer, byKey, byLookup, integration, poll, rate, secret, webhook, books, bank, Charge, contract, source, identify];
`;

const mistakes: readonly { name: string; code: string; says: readonly string[] }[] = [
  {
    name: "a POST that does not say how it repeats",
    code: 'books.post("/charges", { json: {} });',
    says: ["Property 'idempotency' is missing in type '{ json: {}; }' but required in type 'SaysHowItRepeats<"],
  },
  {
    name: "a PATCH that does not say how it repeats",
    code: 'books.patch("/charges/1", { json: {} });',
    says: ["Property 'idempotency' is missing", "required in type 'SaysHowItRepeats<"],
  },
  {
    name: "a perform that does not say how it repeats",
    code: "bank.perform({ run: () => 1 });",
    says: ["Property 'idempotency' is missing"],
  },
  {
    name: "a lookup that finds something else than expect",
    code: 'books.post("/charges", { expect: Charge, idempotency: byLookup(async () => ({ id: 7 })) });',
    says: ["Type 'ByLookup<{ id: number; }>' is not assignable to type 'Idempotency<{ id: string; }>'"],
  },
  {
    name: "a lookup after the window that finds something else than expect",
    code: 'books.post("/charges", { expect: Charge, idempotency: byKey({ after: byLookup(async () => [{ id: 7 }]) }) });',
    says: ["Type 'ByKey<{ id: number; }>' is not assignable to type 'Idempotency<{ id: string; }>'"],
  },
  {
    name: "a lookup that answers yes or no",
    code: 'books.post("/charges", { idempotency: byLookup(async () => [1].includes(2)) });',
    says: ["a lookup returns the thing it found, or undefined when there is none: true and false are not that thing"],
  },
  {
    name: "a lookup that gives false for nothing",
    code: "byLookup(async () => [{ id: 1 }].find(({ id }) => id > 1) ?? false);",
    says: ["a lookup returns the thing it found, or undefined when there is none"],
  },
  {
    name: "latestOnly without a version",
    code: 'integration("a", { source, contract, latestOnly: true, identify: (r) => ({ id: r.id, entity: r.id }), async deliver() {} });',
    says: ["Property 'version' is missing in type '{ id: string; entity: string; }'"],
  },
  {
    name: "a version without latestOnly",
    code: 'integration("a", { source, contract, identify: (r) => ({ id: r.id, entity: r.id, version: r.at }), async deliver() {} });',
    says: ["version: number"],
  },
  {
    name: "an option that an integration does not have",
    code: 'integration("a", { source, contract, identify, changedOny: () => 1, async deliver() {} });',
    says: ["'changedOny' does not exist in type", "Did you mean to write 'changedOnly'?"],
  },
  {
    name: "an option that a system does not have",
    code: 'system("b", { baseURL: "https://b.example" });',
    says: ["'baseURL' does not exist in type 'SystemOptions", "Did you mean to write 'baseUrl'?"],
  },
  {
    name: "an option that a request does not have",
    code: 'books.post("/x", { jsn: {}, idempotency: byKey() });',
    says: ["'jsn' does not exist in type 'SaysHowItRepeats<", "Did you mean to write 'json'?"],
  },
  {
    name: "an option that byKey does not have",
    code: 'byKey({ heder: "Key" });',
    says: ["'heder' does not exist", "Did you mean to write 'header'?"],
  },
  {
    name: "call() with a change",
    code: 'integration("a", { source, contract, identify, async deliver(r, { call }) { await call(books.put("/x", { json: r })); } });',
    says: ["Property 'changesNothing' is missing in type 'Change<unknown>' but required in type 'Read<unknown>'"],
  },
  {
    name: "an annotation that invents what was answered",
    code: 'integration("a", { source, contract, identify, async deliver(_, { call }) { const c: { id: string } = await call(books.get("/x")); console.log(c); } });',
    says: ["Type 'unknown' is not assignable to type '{ id: string; }'"],
  },
  {
    name: "an annotation that invents what an effect gave",
    code: 'integration("a", { source, contract, identify, async deliver(_, { effect }) { const c: { id: string } = await effect("x", books.put("/x", {})); console.log(c); } });',
    says: ["Type 'unknown' is not assignable to type '{ id: string; }'"],
  },
  {
    name: "a request to a system that has no address",
    code: 'bank.get("/x");',
    says: ["Property 'get' does not exist on type 'Performs'"],
  },
  {
    name: "an id that is no text",
    code: 'integration("a", { source, contract, identify: (r) => ({ id: r.at }), async deliver() {} });',
    says: ["Type 'number' is not assignable to type 'string'"],
  },
  {
    name: "a webhook that does not say who may send",
    code: 'webhook("/x", {});',
    says: ["Property 'verify' is missing"],
  },
  {
    name: "a webhook's path without its slash",
    code: 'webhook("shop/orders", { verify: { kind: "unverified" } });',
    says: ["Argument of type '\"shop/orders\"' is not assignable to parameter of type '`/$"],
  },
  {
    name: "a poll without a cursor",
    code: 'poll({ every: "5m", async fetch() { return { records: [] }; } });',
    says: ["Property 'cursor' is missing"],
  },
  {
    name: "a duration in words",
    code: 'rate(5, "1 minute");',
    says: ["Argument of type '\"1 minute\"' is not assignable to parameter of type '`$"],
  },
  {
    name: "a token in the code",
    code: 'bearer("abc");',
    says: ["Argument of type 'string' is not assignable to parameter of type 'Secret'"],
  },
  {
    name: "a token that may be absent",
    code: 'bearer(secret("TOKEN", { optional: true }));',
    says: ["Argument of type 'OptionalSecret' is not assignable to parameter of type 'Secret'"],
  },
];

const fileOf = (index: number): string => `test/types/mistake-${index}.ts`;
let complaints: Complaints;

before(() => {
  complaints = compile(
    [],
    Object.fromEntries([
      ["test/types/no-mistake.ts", preamble],
      ...mistakes.map(({ code }, index) => [fileOf(index), `${preamble}\n${code}\n`]),
    ]),
  );
});

test("without a mistake the compiler says nothing", () => {
  assert.deepEqual(complaints.get("test/types/no-mistake.ts"), []);
});

for (const [index, { name, says }] of mistakes.entries()) {
  test(`${name} is refused in words that a person understands`, () => {
    const said = complaints.get(fileOf(index)) ?? [];
    assert.ok(said.length > 0, "it compiles");
    for (const words of says) assert.ok(said.join("\n").includes(words), `expected “${words}” in:\n${said.join("\n")}`);
    assert.ok(!said.join("\n").includes("No overload matches"), "a list of overloads tells nobody what is wrong");
  });
}
