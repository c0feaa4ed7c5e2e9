import assert from "node:assert/strict";
import { test } from "node:test";
import type { Outcome } from "../../../src/model/outcome.ts";
import { answer, type Destination, destination } from "../../world/destination.ts";
import { anOauthSystem, Desk } from "./desk.ts";

// A token endpoint that lies. Nothing is lost, nothing is sent wrongly, each is named, and what is secret is seen nowhere.

const clientSecret = "cs/9f+2 canary&client=secret";
const firstRefresh = "rt-first+canary/token==";
const nextRefresh = "rt-next+canary/token==";
const goodAccess = "at-good-canary-token";
const secretTexts = [clientSecret, firstRefresh, nextRefresh, goodAccess];

const json = (status: number, body: unknown, headers: Record<string, string> = {}): string =>
  answer(status, JSON.stringify(body), { "content-type": "application/json", ...headers });
const given = (more: object): string =>
  json(200, { access_token: goodAccess, token_type: "Bearer", expires_in: 3600, refresh_token: nextRefresh, ...more });
const pair = Buffer.from(`waybill:${clientSecret}`).toString("base64");

interface Lie {
  readonly name: string;
  readonly says: string;
  readonly outcome: Outcome["name"];
  readonly why?: RegExp;
  /** What is told as absurd. */
  readonly odd?: RegExp;
  /** Which refresh token is spent next, once it has come to its senses; none where only a person helps. */
  readonly next?: string;
}

const elsewhere = "http://127.0.0.1:9";
const lies: readonly Lie[] = [
  { name: "a lifetime of -1", says: given({ expires_in: -1 }), outcome: "done", odd: /expires_in of -1.*not believed/ },
  { name: "a lifetime as text", says: given({ expires_in: "3600" }), outcome: "done" },
  {
    name: "a lifetime of 10^12",
    says: given({ expires_in: 1e12 }),
    outcome: "done",
    odd: /1000000000000 seconds, cut to a year/,
  },
  { name: "a lifetime in words", says: given({ expires_in: "soon" }), outcome: "done", odd: /not believed/ },
  { name: "no lifetime", says: given({ expires_in: undefined }), outcome: "done" },
  { name: "an identity token that fits nothing", says: given({ id_token: "x.y.z" }), outcome: "done" },
  {
    name: "no token",
    says: json(200, {}),
    outcome: "unavailable",
    why: /answered 200, and no access token/,
    next: firstRefresh,
  },
  { name: "a list", says: json(200, []), outcome: "unavailable", why: /no object with a token/, next: firstRefresh },
  {
    name: "a page",
    says: answer(200, `<html>${clientSecret}</html>`, { "content-type": "text/html" }),
    outcome: "unavailable",
    why: /what it sent is not JSON$/,
    next: firstRefresh,
  },
  {
    name: "a new refresh token and no access token",
    says: given({ access_token: undefined }),
    outcome: "unavailable",
    why: /no access token/,
    next: nextRefresh,
  },
  {
    name: "another type of token",
    says: given({ token_type: "mac" }),
    outcome: "unavailable",
    why: /a token of the type mac, where bearer is known/,
    next: nextRefresh,
  },
  {
    name: "a token type that is a secret",
    says: given({ token_type: clientSecret }),
    outcome: "unavailable",
    why: /type \(not shown\)/,
    next: nextRefresh,
  },
  {
    name: "a token that would add a header",
    says: given({ access_token: "a\r\nx-admin: 1" }),
    outcome: "unavailable",
    why: /no header can carry/,
    next: nextRefresh,
  },
  {
    name: "a redirect",
    says: answer(307, "", { location: `${elsewhere}/token` }),
    outcome: "unauthorized",
    why: /answered 307, a redirect, which is not followed/,
    next: firstRefresh,
  },
  {
    name: "an error that repeats the secret",
    says: json(401, {
      error: "invalid_client",
      error_description: `not ${clientSecret} nor ${encodeURIComponent(clientSecret)} nor ${pair}`,
    }),
    outcome: "unauthorized",
    why: /401 invalid_client: not \[secret CLIENT_SECRET\]/,
    next: firstRefresh,
  },
  {
    name: "an error whose code is the secret",
    says: json(400, { error: clientSecret }),
    outcome: "unauthorized",
    why: /answered 400 \(not shown\)/,
    next: firstRefresh,
  },
  {
    name: "that it is overloaded",
    says: answer(429, "", { "retry-after": "7" }),
    outcome: "unavailable",
    why: /429/,
    next: firstRefresh,
  },
  {
    name: "that it failed",
    says: answer(500, clientSecret),
    outcome: "unavailable",
    why: /answered 500$/,
    next: firstRefresh,
  },
  {
    name: "an answer without an end",
    says: "HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{",
    outcome: "unavailable",
    why: /cannot be asked/,
    next: firstRefresh,
  },
  {
    name: "an answer that never ends",
    says: answer(200, "x".repeat(1_100_000)),
    outcome: "unavailable",
    why: /longer than/,
    next: firstRefresh,
  },
  {
    name: "that the token is spent",
    says: json(400, { error: "invalid_grant" }),
    outcome: "unauthorized",
    why: /400 invalid_grant/,
  },
];

async function at(use: (desk: Desk, there: Destination, says: (text: string) => void) => Promise<void>): Promise<void> {
  const desk = new Desk();
  desk.env.CLIENT_SECRET = clientSecret;
  desk.env.REFRESH_TOKEN = firstRefresh;
  let text = "";
  const there = await destination((socket, request) => {
    if (request.startsWith("POST /token")) {
      socket.write(text);
      if (!text.includes("content-length: 500")) return;
      socket.end();
    } else socket.write(request.includes(`Bearer ${goodAccess}`) ? answer(201, "{}") : answer(401, request));
  });
  try {
    await use(desk.start(), there, (now) => {
      text = now;
    });
  } finally {
    await desk.end();
    await there.close();
  }
}

const tokenRequests = ({ requests }: Destination): readonly string[] =>
  requests.filter((request) => request.startsWith("POST /token"));
const spent = (request: string | undefined): string | null =>
  new URLSearchParams(request?.split("\r\n\r\n")[1]).get("refresh_token");

for (const lie of lies) {
  test(`a token endpoint that says ${lie.name}: nothing is lost, sent wrongly or shown`, async () => {
    await at(async (desk, there, says) => {
      const system = anOauthSystem({ origin: there.origin, tokenUrl: `${there.origin}/token` });
      says(lie.says);
      const outcomes = await Promise.all([1, 2, 3].map(() => desk.send(system)));
      outcomes.push(await desk.send(system));
      assert.deepEqual([...new Set(outcomes.map(({ name }) => name))], [lie.outcome], outcomes.map(whyOf).join("\n"));
      if (lie.why !== undefined) for (const one of outcomes) assert.match(whyOf(one), lie.why);
      assert.equal(tokenRequests(there).length, 1, "it was asked over and over");
      if (lie.outcome !== "done") assert.equal(there.requests.length, 1, "something was sent without a token");
      const absurd = desk.events.flatMap((one) => (one.event === "system.absurd" ? [one.what] : []));
      if (lie.odd === undefined) assert.deepEqual(absurd, []);
      else assert.match(absurd.join(), lie.odd);
      shownNowhere(desk, outcomes);

      says(given({}));
      await desk.restart();
      const later = await desk.send(system);
      const last = tokenRequests(there).slice(1);
      if (lie.outcome === "done") assert.deepEqual([later.name, last.length], ["done", 0]);
      else if (lie.next === undefined) {
        assert.deepEqual([later.name, last.length], ["unauthorized", 0], "what is spent was sent again");
      } else assert.deepEqual([later.name, last.map(spent)], ["done", [lie.next]]);
      shownNowhere(desk, [later]);
    });
  });
}

const whyOf = (outcome: Outcome): string => ("why" in outcome ? outcome.why : "");

/** Every way in which a secret may be written down. */
function shapes(text: string): readonly string[] {
  const form = new URLSearchParams({ "": text }).toString().slice(1);
  const bases = [0, 1, 2].map((offset) => {
    const bytes = Buffer.concat([Buffer.alloc(offset, 65), Buffer.from(text)]);
    return bytes.toString("base64").slice(offset === 0 ? 0 : 4, Math.floor(bytes.length / 3) * 4);
  });
  const json = JSON.stringify(text).slice(1, -1);
  return [
    text,
    json,
    encodeURIComponent(text),
    form,
    ...bases,
    ...bases.map((base) => base.replaceAll("+", "-").replaceAll("/", "_")),
    Buffer.from(text).toString("hex"),
  ];
}

function shownNowhere(desk: Desk, outcomes: readonly Outcome[]): void {
  const stored = desk.stored();
  const told = JSON.stringify([desk.events, outcomes.map(whyOf), desk.systems.state()]);
  for (const one of secretTexts)
    for (const shape of shapes(one)) {
      assert.ok(!stored.includes(shape), `the ledger holds ${shape}`);
      assert.ok(!told.includes(shape), `somebody was told ${shape}`);
    }
}

test("an answer of the system itself that repeats the token is stored and told without it", async () => {
  await at(async (desk, there, says) => {
    says(given({ access_token: "at-other-canary-token" }));
    const system = anOauthSystem({ origin: there.origin, tokenUrl: `${there.origin}/token` });
    // 401 with the whole request, token included, as its body.
    const outcome = await desk.send(system);
    const text = `${whyOf(outcome)}${outcome.answer?.text}`;
    assert.match(text, /\[secret access token of xero-/);
    assert.ok(!text.includes("at-other-canary"), text);
  });
});
