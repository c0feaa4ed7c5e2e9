import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { clientCredentials } from "../../../src/define/oauth.ts";
import { secret } from "../../../src/define/secret.ts";
import { aSystem } from "../declared.ts";
import { aKey, anOauthSystem, Desk } from "./desk.ts";
import { type OauthServer, oauthServer } from "./oauth-server.ts";

let server: OauthServer;
before(async () => {
  server = await oauthServer();
});
after(() => server.close());

async function withDesk(use: (desk: Desk) => Promise<void>): Promise<void> {
  const desk = new Desk();
  desk.env.REFRESH_TOKEN = server.consent();
  server.expiresIn = 3_600;
  try {
    await use(desk.start());
  } finally {
    await desk.end();
  }
}

test("a hundred requests that need a token at once ask for one, and every later process goes on with it", async () => {
  await withDesk(async (desk) => {
    const system = anOauthSystem(server);
    const from = server.asked.length;
    const outcomes = await Promise.all(Array.from({ length: 100 }, () => desk.send(system)));
    assert.deepEqual([...new Set(outcomes.map(({ name }) => name))], ["done"]);
    assert.equal(server.asked.length - from, 1, "the refresh token was spent more than once");
    await desk.restart();
    assert.equal((await desk.send(system)).name, "done");
    assert.equal(server.asked.length - from, 1, "a token that is good for an hour was asked for again");
    assert.deepEqual(
      desk.reached.filter((point) => point.includes("refresh")),
      ["before-refresh", "after-refresh-answer", "after-refresh-saved"],
    );
  });
});

test("each new refresh token is the next one to be spent, over many lives of the process", async () => {
  await withDesk(async (desk) => {
    const system = anOauthSystem(server);
    // It is over before it is used a second time.
    server.expiresIn = 0.001;
    const from = server.asked.length;
    for (let life = 0; life < 12; life++) {
      await desk.restart();
      assert.equal((await desk.send(system)).name, "done", `life ${life}`);
    }
    const asked = server.asked.slice(from);
    assert.equal(asked.length, 12);
    assert.equal(new Set(asked.map(({ refreshToken }) => refreshToken)).size, 12, "one was spent twice");
    assert.ok(asked.every(({ granted }) => granted));
  });
});

test("a token that is taken back early is refreshed once, and a system that refuses the new one too is left alone", async () => {
  await withDesk(async (desk) => {
    const system = anOauthSystem(server);
    assert.equal((await desk.send(system)).name, "done");
    const from = server.asked.length;
    server.revokeAccess();
    const refused = await desk.send(system);
    assert.equal(refused.name, "failed-retryable", "the record would have been given up on, or the system paused");
    assert.equal((await desk.send(system)).name, "done");
    assert.equal(server.asked.length - from, 1);
    assert.ok(!desk.events.some(({ event }) => event === "system.unauthorized"));

    server.revokeAccess();
    for (let times = 0; times < 20; times++) {
      const again = await desk.send(system);
      assert.equal(again.name, "unauthorized");
      server.revokeAccess();
    }
    assert.equal(server.asked.length - from, 1, "it would have gone on refreshing for ever");
    const told = desk.events.filter(({ event }) => event === "system.unauthorized");
    assert.equal(told.length, 1, "a person is told once");
  });
});

test("without a key nothing is asked for, so nothing is lost; the message says what to do", async () => {
  await withDesk(async (desk) => {
    for (const [key, words] of [
      [undefined, /WAYBILL_KEY is not set/],
      ["too short", /WAYBILL_KEY holds what is no key: a key is 32 bytes.*openssl rand -base64 32/],
      [`${aKey(1)},nonsense!`, /no key at its place 2/],
    ] as const) {
      desk.env.WAYBILL_KEY = key;
      await desk.restart();
      const from = server.asked.length;
      const outcome = await desk.send(anOauthSystem(server));
      assert.equal(outcome.name, "unauthorized");
      assert.match(outcome.name === "unauthorized" ? outcome.why : "", words);
      assert.equal(outcome.sent, "no");
      assert.equal(server.asked.length, from, "a refresh token was spent, and its successor could not have been kept");
      if (key !== undefined) assert.ok(!JSON.stringify(desk.events).includes(key), "the key was told");
    }
  });
});

test("a key is replaced by putting a new one before it; with the former alone, nothing is sent and the key is named", async () => {
  await withDesk(async (desk) => {
    const system = anOauthSystem(server);
    assert.equal((await desk.send(system)).name, "done");
    const first = (await desk.ledger.tokens(undefined))[0]?.sealed?.key;
    desk.env.WAYBILL_KEY = aKey(2);
    await desk.restart();
    const from = server.asked.length;
    const wrong = await desk.send(system);
    assert.match(
      wrong.name === "unauthorized" ? wrong.why : "",
      new RegExp(`sealed with the key ${first}.*after a comma`),
    );
    assert.equal(server.asked.length, from);

    desk.env.WAYBILL_KEY = `${aKey(2)}, ${aKey(1)}`;
    await desk.restart();
    assert.equal((await desk.send(system)).name, "done");
    server.revokeAccess();
    await desk.send(system);
    assert.equal((await desk.send(system)).name, "done");
    const second = (await desk.ledger.tokens(undefined))[0]?.sealed?.key;
    assert.notEqual(second, first);
    desk.env.WAYBILL_KEY = aKey(2);
    await desk.restart();
    assert.equal((await desk.send(system)).name, "done", "what was sealed since needs the new key alone");
  });
});

test("a machine's own token needs no key, and is asked for again when it is over", async () => {
  await withDesk(async (desk) => {
    const auth = clientCredentials({
      tokenUrl: server.tokenUrl,
      clientId: "a:b c",
      clientSecret: secret("CLIENT_SECRET"),
    });
    const system = aSystem({ name: "machine", baseUrl: new URL(server.origin), auth });
    delete desk.env.WAYBILL_KEY;
    await desk.restart();
    const from = server.asked.length;
    await Promise.all([desk.send(system), desk.send(system)]);
    assert.equal(server.asked.length - from, 1);
    const pair = Buffer.from(server.asked.at(-1)?.authorization?.replace("Basic ", "") ?? "", "base64").toString();
    assert.equal(pair, "a%3Ab+c:client-secret-7f3a", "RFC 6749, 2.3.1");
    assert.deepEqual(await desk.ledger.tokens(undefined), [], "nothing is stored unsealed");
    desk.env.WAYBILL_KEY = aKey(3);
    await desk.restart();
    assert.equal((await desk.send(system)).name, "done");
    await desk.restart();
    assert.equal((await desk.send(system)).name, "done");
    assert.equal(server.asked.length - from, 2, "with a key it is shared through the ledger");
  });
});

test("tokens in a place of one's own are loaded and saved there, and the ledger holds only the intent", async () => {
  await withDesk(async (desk) => {
    let kept: unknown;
    const seen: unknown[] = [];
    const tokens = {
      load: (of: unknown) => {
        seen.push(of);
        return kept as never;
      },
      save: async (given: unknown) => {
        kept = given;
      },
    };
    delete desk.env.WAYBILL_KEY;
    await desk.restart();
    const system = anOauthSystem(server, { tokens });
    assert.equal((await desk.send(system)).name, "done");
    assert.equal((kept as { refreshToken?: string }).refreshToken, server.refreshToken);
    assert.deepEqual(seen[0], { system: system.name, tenant: "" });
    const [row] = await desk.ledger.tokens(undefined);
    assert.deepEqual([row?.sealed, row?.generation], [undefined, 2]);
    const from = server.asked.length;
    await desk.restart();
    assert.equal((await desk.send(system)).name, "done");
    assert.equal(server.asked.length, from);
  });
});

test("a token that stands in one's own place is used while it is good, also by a ledger that has never seen it", async () => {
  await withDesk(async (desk) => {
    let kept: unknown;
    const tokens = {
      load: () => kept as never,
      save: async (given: unknown) => {
        kept = given;
      },
    };
    const system = anOauthSystem(server, { tokens });
    assert.equal((await desk.send(system)).name, "done");
    const from = server.asked.length;
    const elsewhere = new Desk();
    elsewhere.start();
    try {
      assert.equal((await elsewhere.send(system)).name, "done");
    } finally {
      await elsewhere.end();
    }
    assert.equal(server.asked.length, from, "a token that is good for an hour was spent");
  });
});

test("a definition that names another client or server never has the stored token sent there", async () => {
  await withDesk(async (desk) => {
    const system = anOauthSystem(server);
    assert.equal((await desk.send(system)).name, "done");
    const other = await oauthServer();
    try {
      delete desk.env.REFRESH_TOKEN;
      await desk.restart();
      const moved = {
        ...anOauthSystem(other, { authorizeUrl: other.authorizeUrl }),
        name: system.name,
      };
      const outcome = await desk.send(moved);
      assert.match(outcome.name === "unauthorized" ? outcome.why : "", /REFRESH_TOKEN is not set/);
      assert.deepEqual([other.asked.length, other.api.good + other.api.refused], [0, 0]);
    } finally {
      await other.close();
    }
  });
});
