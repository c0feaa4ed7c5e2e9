import assert from "node:assert/strict";
import { test } from "node:test";
import { apiKey, basic, bearer, concurrent, rate, type SystemOptions, secret, system } from "waybill";
import { systemDifferences, systemsDeclared } from "../../src/define/systems-declared.ts";
import { refuses, seenAs, wrong } from "./refusal.ts";

const baseUrl = "https://books.example/v2";
const books = (options: object) => () => system("books", seenAs<SystemOptions>({ baseUrl, ...options }));
const at = (url: unknown) => books({ baseUrl: url });

refuses([
  {
    name: "a system's name with capitals",
    made: () => system("Books"),
    says: 'system(): "Books" cannot be a name.',
    hints: '"books"',
  },
  {
    name: "a mistyped option",
    made: books({ limmits: [] }),
    says: 'system "books": there is no option "limmits".',
    hints: 'Did you mean "limits"?',
  },
  {
    name: "an empty base URL",
    made: at(""),
    says: 'system "books": baseUrl is empty.',
    hints: "the variable is set to nothing",
  },
  {
    name: "a base URL from a variable that is not set",
    made: at(undefined),
    says: 'system "books": baseUrl is nothing.',
    hints: "the variable is not set",
  },
  {
    name: "a base URL that is no text",
    made: at(new URL(baseUrl)),
    says: 'system "books": baseUrl is an object, and text is expected.',
  },
  {
    name: "a base URL without its scheme",
    made: at("books.example/v2"),
    says: 'system "books": baseUrl is "books.example/v2", which is not a URL.',
    hints: '"https://api.example.com/v2"',
  },
  {
    name: "a host and port",
    made: at("localhost:9001"),
    says: 'system "books": baseUrl is "localhost:9001", whose scheme is neither http nor https.',
    hints: 'Did you mean "http://localhost:9001"?',
  },
  {
    name: "another scheme",
    made: at("ftp://books.example"),
    says: 'system "books": baseUrl is "ftp://books.example", whose scheme is neither http nor https.',
  },
  {
    name: "a base URL with credentials, which are not repeated,",
    made: at("https://ann:hunter2@books.example"),
    says: 'system "books": baseUrl "https://…@books.example" holds credentials, which would end up in logs.',
    hints: 'auth: basic("user", secret("PASSWORD"))',
  },
  {
    name: "credentials in a spelling of few slashes, which are not repeated,",
    made: at("https:ann:hunter2@books.example"),
    says: 'system "books": baseUrl "https:…@books.example" holds credentials, which would end up in logs.',
  },
  {
    name: "credentials for another scheme, which are not repeated,",
    made: at("mailto:ann:hunter2@books.example"),
    says: 'system "books": baseUrl is "mailto:…@books.example", whose scheme is neither http nor https.',
  },
  {
    name: "credentials in what is no URL, which are not repeated,",
    made: at("https://ann:hunter2@books example"),
    says: 'system "books": baseUrl is "https://…@books example", which is not a URL.',
  },
  {
    name: "a base URL with a query",
    made: at("https://books.example/?key=1"),
    says: 'system "books": baseUrl "https://books.example/?…" has a query.',
    hints: "auth: apiKey(…)",
  },
  {
    name: "a base URL with a fragment",
    made: at("https://books.example/#a"),
    says: 'system "books": baseUrl "https://books.example/#a" has a fragment.',
  },
  {
    name: "auth as text",
    made: books({ auth: "Bearer x" }),
    says: 'system "books": auth is "Bearer x".',
    hints: "bearer(…)",
  },
  {
    name: "one limit without its list",
    made: books({ limits: rate(1, "1s") }),
    says: 'system "books": limits is an object, and a list is expected.',
  },
  {
    name: "a limit as a number",
    made: books({ limits: [concurrent(5), 60] }),
    says: 'system "books": limits[1] is 60.',
    hints: "Make it with rate(…), cost(…), concurrent(…).",
  },
  {
    name: "a timeout in milliseconds",
    made: books({ timeout: 10_000 }),
    says: 'system "books": timeout is 10000, which is not a duration.',
  },
  {
    name: "a timeout of no time",
    made: books({ timeout: "0s" }),
    says: 'system "books": timeout is "0s", and from "1ms" to "1h" is expected.',
  },
  {
    name: "an answer of no bytes",
    made: books({ answerBytesMax: 0 }),
    says: 'system "books": answerBytesMax is 0, and a whole number from 1 to 1000000000 is expected.',
  },
  {
    name: "a breaker's share in percent",
    made: books({ breaker: { share: 50 } }),
    says: 'system "books": breaker.share is 50, and a number above 0 and up to 1 is expected.',
  },
  {
    name: "a mistyped option of the breaker",
    made: books({ breaker: { volum: 5 } }),
    says: 'system "books": breaker has no option "volum".',
    hints: 'Did you mean "volume"?',
  },
  {
    name: "a breaker that is true",
    made: books({ breaker: true }),
    says: 'system "books": breaker is true, and an object is expected.',
  },
  {
    name: "classify that is no function",
    made: books({ classify: {} }),
    says: 'system "books": classify is an object, and a function is expected.',
  },
  {
    name: "private as text",
    made: books({ private: "yes" }),
    says: 'system "books": private is "yes", and true or false is expected.',
  },
  {
    name: "a header that is a number",
    made: books({ headers: { "X-Version": 2 } }),
    says: 'system "books": headers: "X-Version" is 2, and text or a secret is expected.',
  },
  {
    name: "headers as a list",
    made: books({ headers: [] }),
    says: 'system "books": headers is a list, and an object is expected.',
  },
  {
    name: "a rate of none",
    made: () => rate(0, "1s"),
    says: "rate(): its count is 0, and a whole number from 1 to 1000000000 is expected.",
  },
  {
    name: "a rate without its time",
    made: () => rate(60, wrong(undefined)),
    says: 'rate(): "per" is missing.',
  },
  {
    name: "a rate per nothing",
    made: () => rate(60, "0s"),
    says: 'rate(): per is "0s", and from "1ms" to "366d" is expected.',
  },
  {
    name: "half a call at a time",
    made: () => concurrent(0.5),
    says: "concurrent(): its count is 0.5, and a whole number from 1 to 100000 is expected.",
  },
  {
    name: "a token in the code, which is not repeated,",
    made: () => bearer(wrong("sk_live_1")),
    says: "bearer(): its token is text, and a secret is expected.",
    hints: 'secret("NAME") reads it from the environment',
  },
  {
    name: "a token that may be absent",
    made: () => bearer(wrong(secret("TOKEN", { optional: true }))),
    says: 'bearer(): its token is secret("TOKEN"), which may be absent, and it cannot do without.',
  },
  {
    name: "a user with a colon",
    made: () => basic("ann:x", secret("PASSWORD")),
    says: "basic(): its user has a colon, which separates user and password on the way.",
  },
  {
    name: "a password in the code",
    made: () => basic("ann", wrong("x")),
    says: "basic(): its password is text, and a secret is expected.",
  },
  {
    name: "a key in two places",
    made: () => apiKey(secret("KEY"), wrong({ header: "X-Key", query: "key" })),
    says: "apiKey(): the key would go into a header and the query.",
  },
  {
    name: "a key in no place",
    made: () => apiKey(secret("KEY"), wrong({})),
    says: "apiKey(): header is nothing, and text is expected.",
  },
]);

const definitionOf = (name: string) => systemsDeclared().filter((one) => one.name === name);

test("what is left out gets its default", () => {
  system("defaults", { baseUrl });
  const [definition] = definitionOf("defaults");
  assert.equal(definition?.baseUrl?.href, baseUrl);
  assert.equal(definition?.timeoutMs, 30_000);
  assert.equal(definition?.answerBytesMax, 10_000_000);
  assert.deepEqual(definition?.limits, []);
  assert.deepEqual(definition?.breaker, { share: 0.5, volume: 5, openMs: 5_000 });
  assert.equal(definition?.privateAllowed, false);
});

test("a breaker can be switched off", () => {
  system("no-breaker", { baseUrl, breaker: false });
  assert.equal(definitionOf("no-breaker")[0]?.breaker, undefined);
});

test("a private address is allowed when it is named literally, or when the system says so", () => {
  const cases: readonly (readonly [string, boolean, boolean?])[] = [
    ["http://127.0.0.1:9001", true],
    ["http://localhost:9001/v1", true],
    ["http://[::1]/", true],
    ["http://[::ffff:10.0.0.1]/", true],
    ["http://10.1.2.3", true],
    ["http://169.254.169.254", true],
    ["http://2130706433", true],
    ["https://93.184.216.34", false],
    ["https://books.example", false],
    ["https://localhost.books.example", false],
    ["https://books.internal", true, true],
    ["https://books.internal", false, false],
  ];
  for (const [index, [url, allowed, said]] of cases.entries()) {
    system(`private-${index}`, { baseUrl: url, ...(said === undefined ? {} : { private: said }) });
    assert.equal(definitionOf(`private-${index}`)[0]?.privateAllowed, allowed, url);
  }
});

test("a system without a base URL can only perform, and gather what it performs", () => {
  assert.deepEqual(Object.keys(system("sdk")), ["name", "perform", "batch"]);
  assert.deepEqual(Object.keys(system("http", { baseUrl })).toSorted(), [
    "batch",
    "delete",
    "get",
    "name",
    "patch",
    "perform",
    "post",
    "put",
    "query",
  ]);
});

test("a system declared twice in the same words is one, in other words it is two that can be told apart", () => {
  const declare = (timeout: "10s" | "20s") =>
    system("twice", {
      baseUrl,
      timeout,
      auth: bearer(secret("BOOKS_TOKEN")),
      limits: [rate(60, "1m")],
      classify: ({ status }) => (status === 207 ? "done" : undefined),
    });
  declare("10s");
  declare("10s");
  assert.equal(definitionOf("twice").length, 1);
  declare("20s");
  const [first, second] = definitionOf("twice");
  assert.ok(first !== undefined && second !== undefined);
  assert.deepEqual(systemDifferences(first, second), ["timeoutMs"]);
});

test("a process that declares systems again and again does not grow", () => {
  for (let port = 1; port <= 100; port++) system("again", { baseUrl: `http://127.0.0.1:${port}` });
  assert.ok(definitionOf("again").length <= 8);
});

test("keys go where they are told to", () => {
  const key = secret("KEY");
  assert.deepEqual(apiKey(key), { kind: "apiKey", in: "header", name: "X-API-Key", key });
  assert.deepEqual(apiKey(key, { query: "key" }), { kind: "apiKey", in: "query", name: "key", key });
  assert.deepEqual(basic("ann", key), { kind: "basic", user: "ann", password: key });
  assert.deepEqual(rate(60, "1m"), { kind: "rate", count: 60, perMs: 60_000 });
});
