import assert from "node:assert/strict";
import { test } from "node:test";
import type { Outcome } from "../../src/model/outcome.ts";
import { readAnswer } from "../../src/systems/answer.ts";
import { type Judged, judgeAnswer } from "../../src/systems/classify.ts";
import { following } from "../../src/systems/redirect.ts";

const write: Judged = {
  changes: true,
  method: "POST",
  keyed: true,
  orAbsent: false,
  expects: true,
  classifiers: [],
  afterDoubt: false,
};
const sentTo = { origin: "http://books.example", path: "/v2/invoices?page=1" };
const judge = (of: Partial<Judged>, status: number, location?: string) =>
  judgeAnswer(
    readAnswer(status, location === undefined ? {} : { location }, new Uint8Array(0), 100),
    { ...write, ...of },
    0,
    sentTo,
  );
const get = { changes: false, method: "GET" };
const query = { changes: false, method: "QUERY" };

// Where to, and what becomes of a GET: followed there, or not and why.
const places: [location: string | undefined, movedTo: string | undefined, why: RegExp][] = [
  ["/v3/invoices", "/v3/invoices", /redirect to http:\/\/books\.example\/v3\/invoices/],
  ["http://books.example/x?a=1#part", "/x?a=1", /redirect/],
  ["http://BOOKS.example:80/x", "/x", /redirect/],
  ["../x", "/x", /redirect/],
  ["?page=2", "/v2/invoices?page=2", /redirect/],
  ["http://user:pw@books.example/x", "/x", /redirect/],
  ["https://books.example/v2/invoices?page=1", undefined, /begin the baseUrl with "https:\/\/"/],
  ["https://books.example/other", undefined, /only redirects within the host/],
  ["http://books.example:8080/x", undefined, /only redirects within the host/],
  ["http://evil.example/x?token=s3cret", undefined, /only redirects within the host/],
  ["//evil.example/x", undefined, /only redirects within the host/],
  ["http://[", undefined, /not followed/],
  [undefined, undefined, /not followed/],
];

for (const [location, movedTo, why] of places) {
  test(`a GET that is redirected to ${location} is ${movedTo === undefined ? "not followed" : `sent to ${movedTo}`}`, () => {
    for (const status of [301, 302, 303, 307, 308]) {
      const verdict = judge(get, status, location);
      assert.deepEqual([verdict.outcome, verdict.movedTo], ["failed-permanent", movedTo]);
      assert.match(verdict.why, why);
      assert.ok(!verdict.why.includes("s3cret") && !verdict.why.includes("pw"));
    }
  });
}

test("a read with a body is followed only where its method and body go with it", () => {
  for (const status of [307, 308]) assert.equal(judge(query, status, "/x").movedTo, "/x");
  for (const status of [300, 301, 302, 303, 304]) assert.equal(judge(query, status, "/x").movedTo, undefined);
});

test("a write is never sent elsewhere, and is in doubt where many answer so after they did it", () => {
  for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
    for (const location of ["/x", "http://evil.example/x", undefined]) {
      for (const [status, outcome] of [
        [300, "failed-permanent"],
        [301, "in-doubt"],
        [302, "in-doubt"],
        [303, "in-doubt"],
        [304, "failed-permanent"],
        [307, "failed-permanent"],
        [308, "failed-permanent"],
      ] as const) {
        const verdict = judge({ method }, status, location);
        assert.deepEqual([status, verdict.outcome, verdict.movedTo], [status, outcome, undefined]);
      }
    }
    // A server that only wants TLS did nothing.
    const upgrade = judge({ method }, 301, "https://books.example/v2/invoices");
    assert.equal(upgrade.outcome, "failed-permanent");
    assert.match(upgrade.why, /begin the baseUrl with "https:\/\/"/);
  }
});

test("a circle of redirects ends, and each step of it is a call of its own", async () => {
  const seen: (string | undefined)[] = [];
  const outcome = await following(async (at): Promise<Outcome> => {
    seen.push(at);
    const movedTo = at === "/a" ? "/b" : "/a";
    return { name: "failed-permanent", sent: "maybe", durationMs: 1, why: "status 302", movedTo };
  });
  assert.deepEqual(seen, [undefined, "/a", "/b", "/a", "/b", "/a"]);
  assert.match("why" in outcome ? outcome.why : "", /followed 5 times already/);
});
