import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { secret } from "waybill";
import { ordersIntegration, requestText, serving, signed, spoken, statusesIn } from "./serving.ts";

const good = JSON.stringify({ id: "A-1", total: 12 });

test("a length that says too much is refused before the body comes", async (t) => {
  const at = await serving(t);
  const head = requestText("POST /shop/orders", { ...signed(good), "content-length": "4000000000" });
  const answer = await spoken(at.port, [head]);
  assert.deepEqual(statusesIn(answer), [413]);
  assert.match(answer, /connection: close/i);
});

test("a body that is longer than its length is cut there, and its rest is no second delivery", async (t) => {
  const at = await serving(t);
  const body = `${good}${good}`;
  const answer = await spoken(at.port, [
    requestText("POST /shop/orders", { ...signed(body), "content-length": String(good.length) }, body),
  ]);
  assert.ok(
    statusesIn(answer).every((status) => status === 400 || status === 401),
    answer,
  );
  assert.equal((await at.book()).received, 0);
});

test("a body shorter than its length is never taken for the whole", async (t) => {
  const at = await serving(t);
  const headers = { ...signed(good), "content-length": String(good.length + 1) };
  const answer = await spoken(at.port, [requestText("POST /shop/orders", headers, good)], { end: true });
  assert.ok(!statusesIn(answer).includes(202), answer);
  assert.equal((await at.book()).received, 0);
});

test("chunks without end are read no further than the limit", async (t) => {
  const at = await serving(t);
  const head = requestText("POST /shop/orders", { ...signed(good), "transfer-encoding": "chunked" }).replace(
    /content-length.*\r\n/,
    "",
  );
  let sent = 0;
  const answer = await new Promise<string>((resolve) => {
    const socket = connect({ port: at.port, host: "127.0.0.1" });
    let text = "";
    socket.on("error", () => undefined);
    socket.on("data", (piece) => {
      text += piece.toString("latin1");
    });
    socket.on("close", () => resolve(text));
    socket.write(head);
    const more = (): void => {
      if (socket.destroyed) return;
      sent += 65_536;
      socket.write(`10000\r\n${"x".repeat(65_536)}\r\n`, () => setImmediate(more));
    };
    more();
  });
  assert.deepEqual(statusesIn(answer), [413]);
  assert.ok(sent < 200_000_000, `${sent} bytes were let in`);
  assert.equal((await at.book()).refused, 1);
});

test("a request that could be read as two is read as none", async (t) => {
  const at = await serving(t);
  const smuggled = requestText("GET /v1/balance", {});
  const both = requestText(
    "POST /shop/orders",
    { ...signed(good), "transfer-encoding": "chunked" },
    `0\r\n\r\n${smuggled}`,
  );
  const answer = await spoken(at.port, [both]);
  assert.deepEqual(statusesIn(answer), [400]);
  const twice = await spoken(at.port, [
    requestText("POST /shop/orders", { ...signed(good) }, good).replace("\r\n\r\n", "\r\ncontent-length: 3\r\n\r\n"),
  ]);
  assert.deepEqual(statusesIn(twice), [400]);
  assert.equal((await at.book()).received, 0);
});

test("a sender that dribbles is let go of, in its headers and in its body", async (t) => {
  const at = await serving(t, { limits: { headersMs: 200, bodyMs: 200 } });
  const slowHeaders = await spoken(at.port, ["POST /shop/orders HTTP/1.1\r\nhost: 127.0.0.1\r\nx-a: "]);
  assert.ok(!statusesIn(slowHeaders).includes(202));
  const headers = { ...signed(good), "content-length": String(good.length) };
  const slowBody = await spoken(at.port, [requestText("POST /shop/orders", headers, good.slice(0, 5))]);
  assert.deepEqual(statusesIn(slowBody), [400]);
  assert.equal((await at.book()).received, 0);
});

test("no spelling of a webhook's path gets a sender that dribbles more time", async (t) => {
  const at = await serving(t, { limits: { bodyMs: 200 } });
  const headers = { ...signed(good), "content-length": String(good.length) };
  for (const target of ["/shop/%6frders", "/x/../shop/orders?a=1", "http://127.0.0.1/shop/orders", "//x/shop/orders"]) {
    const [status] = statusesIn(
      await spoken(at.port, [requestText(`POST ${target}`, headers, good.slice(0, 5))], { end: true }),
    );
    assert.ok(status === 400 || status === 404, `${target} is answered ${status}`);
    const dribbling = await spoken(at.port, [requestText(`POST ${target}`, headers, good.slice(0, 5))]);
    assert.ok([400, 404].includes(statusesIn(dribbling)[0] ?? 0), `${target}: ${dribbling}`);
  }
  assert.equal((await at.book()).received, 0);
});

test("connections beyond the limit are dropped, and those that stand are served", async (t) => {
  const at = await serving(t, { limits: { connectionsMax: 2 } });
  const held = [1, 2].map(() => connect({ port: at.port, host: "127.0.0.1" }));
  t.after(() => {
    for (const socket of held) socket.destroy();
  });
  await Promise.all(held.map((socket) => new Promise((resolve) => socket.once("connect", resolve))));
  const turnedAway = await spoken(at.port, [requestText("GET /healthz", {})]);
  assert.equal(turnedAway, "");
  const served = new Promise<string>((resolve) => held[0]?.once("data", (piece) => resolve(piece.toString())));
  held[0]?.write(requestText("GET /healthz", {}));
  assert.deepEqual(statusesIn(await served), [200]);
});

test("idle connections give way to a new one, so that whoever keeps them shuts nobody out", async (t) => {
  const at = await serving(t, { limits: { connectionsMax: 2 } });
  const held = [1, 2].map(() => connect({ port: at.port, host: "127.0.0.1" }));
  t.after(() => {
    for (const socket of held) socket.destroy();
  });
  for (const socket of held) {
    socket.on("error", () => undefined);
    socket.write(requestText("GET /healthz", {}, "", { close: false }));
    await new Promise((resolve) => socket.once("data", resolve));
  }
  // The one that finds no place makes it, for whoever comes next.
  const statuses: number[] = [];
  for (let tries = 0; tries < 20 && statuses.length === 0; tries++) {
    statuses.push(...statusesIn(await spoken(at.port, [requestText("POST /shop/orders", signed(good), good)])));
  }
  assert.deepEqual(statuses, [202]);
});

test("bodies that nobody vouches for take no more memory than there is room for, and a place that is left is free again", async (t) => {
  const bodyBytesMax = 60_000;
  const at = await serving(t, {
    integrations: [ordersIntegration({ bodyBytesMax })],
    limits: { bodiesBytesMax: 100_000 },
  });
  const half = (): Promise<string> & { end(): void } => {
    const socket = connect({ port: at.port, host: "127.0.0.1" });
    let text = "";
    const said = new Promise<string>((resolve) => {
      socket.on("data", (piece) => {
        text += piece.toString("latin1");
      });
      socket.on("error", () => undefined);
      socket.on("close", () => resolve(text));
    });
    const head = requestText("POST /shop/orders", { "content-length": String(bodyBytesMax) });
    socket.write(head + "x".repeat(45_000));
    return Object.assign(said, { end: () => socket.destroy() });
  };
  const three = [half(), half(), half()];
  const answered = await Promise.race(three);
  assert.deepEqual(statusesIn(answered), [503]);
  assert.match(answered, /retry-after: /i);
  assert.match(answered, /"too-busy"/);
  for (const one of three) one.end();
  await Promise.all(three);
  // A delivery is only a little late: once the room is left, it is taken.
  let status = 503;
  for (let tries = 0; tries < 100 && status === 503; tries++)
    status = (await at.post("/shop/orders", good, signed(good))).status;
  assert.equal(status, 202);
  const { refused = 0, received } = await at.book();
  assert.ok(refused >= 1 && received === 1, `${refused} refused, ${received} received`);
});

test("a secret that is not set is said at the start, and a flood of deliveries says it seldom", async (t) => {
  const at = await serving(t, { env: {} });
  await at.assembly.start();
  const unset = at.events.filter(({ event }) => event === "inactive");
  assert.deepEqual(
    unset.map((event) => event.event === "inactive" && event.what),
    ["webhook:/shop/orders: the secret SHOP_SECRET is not set, so every sender is told to come again."],
  );
  const count = 200;
  const one = requestText("POST /shop/orders", signed(good), good, { close: false });
  const last = requestText("POST /shop/orders", signed(good), good);
  const answer = await spoken(at.port, [one.repeat(count - 1), last]);
  assert.deepEqual([...new Set(statusesIn(answer))], [503]);
  const told = at.events.filter(({ event }) => event === "intake.failed").length;
  assert.ok(told >= 1 && told < count / 4, `${told} lines for ${count} deliveries`);
});

test("headers beyond the limit are refused", async (t) => {
  const at = await serving(t);
  assert.deepEqual(
    statusesIn(await spoken(at.port, [requestText("GET /healthz", { "x-long": "x".repeat(20_000) })])),
    [431],
  );
});

test("no spelling of a path opens what asks for a token, or takes an unsigned delivery", async (t) => {
  const at = await serving(t, { token: secret("API_TOKEN") });
  const targets = [
    "/v1/balance",
    "/v1/balance/",
    "//v1/balance",
    "/%76%31/balance",
    "/v1%2fbalance",
    "/healthz/../v1/balance",
    "/healthz/..%2fv1/balance",
    "/healthz/%2e%2e/v1/balance",
    "/shop/orders/../../v1/balance",
    "/v1/./balance",
    "/V1/balance",
    "/v1/balance?/healthz",
    "/v1/balance;/healthz",
    "/v1/balance%00/healthz",
    "/v1/balance\\healthz",
    "http://127.0.0.1/v1/balance",
    "http://127.0.0.1/healthz/../v1/balance",
    "/healthz%2f..%2fv1/balance",
    "/%",
    "/%zz",
    "*",
    "/metrics",
    "/readyz",
    "/",
    "/nothing-here",
  ];
  for (const target of targets) {
    for (const method of ["GET", "POST"]) {
      const answer = await spoken(at.port, [
        requestText(`${method} ${target}`, { "content-type": "application/json" }, method === "POST" ? good : ""),
      ]);
      const [status = 0] = statusesIn(answer);
      assert.ok(status === 401 || status === 400, `${method} ${target} is answered ${status}`);
      assert.ok(!answer.includes("balanced"), target);
    }
  }
  for (const target of [
    "/shop/orders",
    "/shop/orders?x=1",
    "/shop/%6frders",
    "/x/../shop/orders",
    "http://127.0.0.1/shop/orders",
  ]) {
    const [status] = statusesIn(await spoken(at.port, [requestText(`POST ${target}`, {}, good)]));
    assert.equal(status, 401, target);
  }
  assert.equal((await at.book()).received, 0);
});

test("many forged deliveries are counted, each of them, in few commits", async (t) => {
  const at = await serving(t);
  const { ledger } = at.assembly;
  const refuse = t.mock.method(ledger, "refuse");
  const forged = requestText("POST /shop/orders", signed(good), good.replace("12", "99"), { close: false });
  const count = 500;
  const ending = requestText("POST /shop/orders", signed(good), good.replace("12", "98"));
  const answer = await spoken(at.port, [forged.repeat(count - 1), ending]);
  assert.equal(statusesIn(answer).filter((status) => status === 401).length, count);
  assert.equal((await at.book()).refused, count);
  assert.ok(refuse.mock.callCount() < count / 10, `${refuse.mock.callCount()} commits`);
});

test("the answer to a forged delivery does not depend on how nearly it fits", async (t) => {
  const at = await serving(t);
  const headers = signed(good);
  const signature = headers["webhook-signature"] ?? "";
  const nearly = [
    `v1,${"A".repeat(44)}`,
    // One signature in sixteen ends with that letter anyway.
    `${signature.slice(0, -2)}${signature.at(-2) === "A" ? "E" : "A"}=`,
    signature.slice(0, 10),
    "v1,",
    "v2,x",
    `${signature}x`.replace("v1", "v0"),
  ];
  const answers = new Set<string>();
  for (const one of nearly) {
    const answer = await at.post("/shop/orders", good, { ...headers, "webhook-signature": one });
    answers.add(`${answer.status} ${await answer.text()}`);
  }
  assert.equal(answers.size, 1, [...answers].join("\n"));
});
