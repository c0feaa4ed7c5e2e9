import assert from "node:assert/strict";
import { test } from "node:test";
import { concurrent, pages, rate, type SystemOptions, system, type VendorOptions, vendor } from "waybill";
import { stripe, xero } from "waybill/vendors";
import { systemsDeclared } from "../../src/define/systems-declared.ts";
import { refuses, seenAs, wrong } from "./refusal.ts";

const facts: VendorOptions = {
  name: "ours",
  title: "Ours",
  key: { none: "nobody keeps them" },
  sources: [],
  unconfirmed: [],
};
const ours = (more: object) => () => vendor(seenAs<VendorOptions>({ ...facts, ...more }));
const answers = (more: object) => ours({ answers: [{ means: "limited", why: "too many", ...more }] });
const books = (more: object) => () =>
  system("vendor-books", seenAs<SystemOptions>({ baseUrl: "http://127.0.0.1:1", ...more }));
const paged = (pagination: unknown) => books({ pagination });

refuses([
  {
    name: "a mistyped fact",
    made: ours({ limmits: [] }),
    says: 'vendor(): there is no option "limmits".',
    hints: 'Did you mean "limits"?',
  },
  {
    name: "a vendor without a word about keys",
    made: ours({ key: undefined }),
    says: 'vendor "ours": "key" is missing.',
    hints: "{ none: why }",
  },
  {
    name: "a key in two places",
    made: ours({ key: { header: "a", query: "b", max: 50, window: "1h", replay: "…" } }),
    says: 'vendor "ours": key names header and query.',
    hints: "Name one",
  },
  {
    name: "a key that is too short",
    made: ours({ key: { header: "a", max: 8, window: "1h", replay: "…" } }),
    says: 'vendor "ours": key.max is 8, and a whole number from 16 to 1000 is expected.',
  },
  {
    name: "an answer that is no outcome",
    made: answers({ status: 429, means: "limitd" }),
    says: 'vendor "ours": answers[0].means is "limitd".',
    hints: 'Did you mean "limited"?',
  },
  {
    name: "an answer that would fit every one",
    made: answers({}),
    says: 'vendor "ours": answers[0] would fit every answer.',
  },
  {
    name: "a key of an answer that is no doubt",
    made: answers({ status: 429, key: "spent" }),
    says: 'vendor "ours": answers[0].key is about a doubt, and it means "limited".',
  },
  {
    name: "a vendor by its name",
    made: books({ vendor: "xero" }),
    says: 'system "vendor-books": vendor is "xero".',
    hints: 'import { xero } from "waybill/vendors"',
  },
  {
    name: "facts that nobody checked",
    made: books({ vendor: facts }),
    says: 'system "vendor-books": vendor is an object.',
    hints: "vendor(…)",
  },
  {
    name: "a mistyped option beside a vendor",
    made: books({ vendr: xero }),
    says: 'system "vendor-books": there is no option "vendr".',
    hints: 'Did you mean "vendor"?',
  },
  {
    name: "a way of paging that is none",
    made: paged({ by: "tokn" }),
    says: 'system "vendor-books": pagination.by is "tokn".',
    hints: 'Did you mean "token"?',
  },
  {
    name: "a mistyped field of paging",
    made: paged({ by: "token", at: "next", parm: "c" }),
    says: 'system "vendor-books": pagination has no option "parm".',
    hints: 'Did you mean "param"?',
  },
  {
    name: "paging that lacks a field",
    made: paged({ by: "token", at: "next" }),
    says: 'system "vendor-books": "pagination.param" is missing.',
    hints: "at, param",
  },
  {
    name: "the last item's paging without an end",
    made: paged({ by: "last", items: "data", field: "id", param: "after" }),
    says: 'system "vendor-books": "pagination.more" is missing.',
  },
  {
    name: "paging by words",
    made: paged("link"),
    says: 'system "vendor-books": pagination is "link", and an object is expected.',
    hints: '{ by: "link" }',
  },
]);

const call = async () => undefined as never;
const plain = system("vendor-plain", { baseUrl: "http://127.0.0.1:1" });
const walked =
  (...given: unknown[]) =>
  async () => {
    for await (const _ of pages(...(given as [never, never, never])));
  };
const refusedWalks: readonly [what: string, walk: () => Promise<void>, says: RegExp, hints: RegExp][] = [
  [
    "nobody said how it pages",
    walked(call, plain.get("/a")),
    /nobody said how "vendor-plain" says that there is more/,
    /by: "link"/,
  ],
  [
    "call is left out",
    walked(plain.get("/a")),
    /its first argument is an object, and call is expected/,
    /pages\(call, /,
  ],
  ["it is a change", walked(call, plain.put("/a", {})), /a request that changes nothing is expected/, /get/],
  [
    "an option is mistyped",
    walked(call, plain.get("/a"), { pageMax: 3 }),
    /no option "pageMax"/,
    /Did you mean "pagesMax"/,
  ],
  [
    "the statement begins somewhere already",
    walked(call, plain.get("/a", { query: { q: "select * from Bill startposition 5" } }), {
      pagination: { by: "statement", param: "q", items: "*", most: 10 },
    }),
    /says already where it begins/,
    /Leave STARTPOSITION/,
  ],
];
for (const [what, walk, says, hints] of refusedWalks) {
  test(`a walk is refused before anything is asked when ${what}`, async () => {
    await assert.rejects(walk, (thrown: { code: string; message: string; hint: string }) => {
      assert.equal(thrown.code, "bad-definition");
      assert.match(thrown.message, says);
      assert.match(thrown.hint, hints);
      return true;
    });
  });
}

const declared = (name: string) => systemsDeclared().find((one) => one.name === name);

test("a vendor alone is enough: where it lives, its limits, headers and pages are known", () => {
  system("vendor-alone", { vendor: xero });
  const { baseUrl, limits, pagination } = declared("vendor-alone") ?? {};
  assert.equal(baseUrl?.href, "https://api.xero.com/api.xro/2.0");
  assert.deepEqual(limits, [concurrent(5), rate(60, "1m"), rate(5_000, "1d")]);
  assert.equal(pagination?.by, "number");
});

test("an option of the system wins over its vendor, and headers win one by one, whatever their case", () => {
  const known = vendor({ ...stripe, headers: { "X-Version": "1", "X-Kept": "yes" } });
  system("vendor-over", {
    vendor: known,
    baseUrl: "http://127.0.0.1:1",
    limits: [],
    headers: { "x-version": "2" },
    pagination: { by: "link" },
  });
  const { baseUrl, limits, headers, pagination } = declared("vendor-over") ?? {};
  assert.deepEqual([baseUrl?.href, limits, pagination], ["http://127.0.0.1:1/", [], { by: "link" }]);
  assert.deepEqual(headers, { "X-Kept": "yes", "x-version": "2" });
});

test("two declarations of one name with different vendors are two", () => {
  system("vendor-twice", { vendor: xero, baseUrl: "http://127.0.0.1:1" });
  system("vendor-twice", { vendor: xero, baseUrl: "http://127.0.0.1:1" });
  system("vendor-twice", { vendor: stripe, baseUrl: "http://127.0.0.1:1" });
  assert.equal(systemsDeclared().filter(({ name }) => name === "vendor-twice").length, 2);
});

test("facts of one's own are made from known ones", () => {
  const slower = vendor({ ...xero, name: "xero-slow", limits: [rate(1, "1s")] });
  assert.deepEqual([slower.name, slower.limits, slower.key], ["xero-slow", [rate(1, "1s")], xero.key]);
  assert.ok(Object.isFrozen(slower));
  assert.throws(() => vendor(wrong({ ...xero, kee: 1 })), /no option "kee"/);
});
