import assert from "node:assert/strict";
import { after, test } from "node:test";
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { z } from "zod";
import type { HttpChange } from "../../src/define/request.ts";
import { secret } from "../../src/define/secret.ts";
import type { SystemDefinition } from "../../src/define/system.ts";
import type { WaybillEvent } from "../../src/model/events.ts";
import type { Outcome } from "../../src/model/outcome.ts";
import { Deferred, type SendOptions } from "../../src/systems/port.ts";
import { following } from "../../src/systems/redirect.ts";
import { createSecrets } from "../../src/systems/secrets.ts";
import { createSystems } from "../../src/systems/systems.ts";
import { createWorld } from "../../src/world/world.ts";
import { answer, type Destination, destination, type Respond } from "../world/destination.ts";
import { aChange, aPerform, aRead, aSystem } from "./declared.ts";

const world = createWorld({ env: { TOKEN: "token-value" } });
after(() => world.close());
const events: WaybillEvent[] = [];
const secrets = createSecrets(world.env, () => "");
const systems = createSystems(world, { secrets, emit: (event) => events.push(event) });
const signal = new AbortController().signal;
const key = "a-key";

const send = (change: HttpChange, more: Partial<SendOptions> = {}): Promise<Outcome> =>
  systems.send(change, systems.prepare(change, key), {
    signal,
    beforeSend: () => undefined,
    idempotencyKey: key,
    attempt: 1,
    ...more,
  });

let named = 0;
async function withSystem(
  respond: Respond,
  use: (system: SystemDefinition, there: Destination) => Promise<void>,
  more: Partial<SystemDefinition> = {},
): Promise<void> {
  const there = await destination(respond);
  try {
    await use(aSystem({ name: `system-${++named}`, baseUrl: new URL(there.origin), ...more }), there);
  } finally {
    await there.close();
  }
}

const json = (status: number, body: unknown): string =>
  answer(status, JSON.stringify(body), { "content-type": "application/json" });
const Invoice = z.object({ id: z.string() });

test("a done write carries what expect made of its answer, and the answer itself", async () => {
  await withSystem(
    (socket) => socket.write(json(201, { id: "inv_1", more: 1 })),
    async (system, there) => {
      const outcome = await send(aChange({ system, json: { total: "1.00" }, expect: Invoice }));
      assert.equal(outcome.name, "done");
      assert.deepEqual(outcome.name === "done" && outcome.value, { id: "inv_1" });
      assert.equal(outcome.sent, "maybe");
      assert.equal(outcome.answer?.status, 201);
      assert.equal(outcome.answer?.text, '{"id":"inv_1","more":1}');
      assert.match(
        there.requests[0] ?? "",
        /^POST \/invoices HTTP\/1\.1\r\n[\s\S]*idempotency-key: a-key\r\n[\s\S]*authorization: Bearer token-value\r\n[\s\S]*\{"total":"1\.00"\}$/,
      );
    },
    { auth: { kind: "bearer", token: secret("TOKEN") } },
  );
});

test("without expect the answer is what it says: JSON with exact whole numbers, text, or nothing", async () => {
  const replies = [
    [
      answer(200, '{"id":9007199254740993,"price":1.10}', { "content-type": "application/json; charset=utf-8" }),
      { id: 9007199254740993n, price: 1.1 },
    ],
    [answer(200, '{"id":1}'), { id: 1 }],
    [answer(200, "\ufeff[1]", { "content-type": "application/problem+json" }), [1]],
    [answer(200, "plain words"), "plain words"],
    [answer(204), undefined],
    [answer(200), undefined],
    [answer(200, "null", { "content-type": "application/json" }), null],
  ] as const;
  await withSystem(
    (socket, _request, count) => socket.write(replies[count - 1]?.[0] ?? ""),
    async (system) => {
      for (const [, value] of replies) {
        const outcome = await send(aChange({ system }));
        assert.deepEqual(outcome.name === "done" && outcome.value, value);
      }
    },
  );
});

test("an answer in another charset is read in it; bytes that are no text leave a write in doubt", async () => {
  const latin = Buffer.concat([
    Buffer.from("HTTP/1.1 200 OK\r\ncontent-type: application/json; charset=iso-8859-1\r\ncontent-length: 13\r\n\r\n"),
    Buffer.from('{"name":"\xe9a"}', "latin1"),
  ]);
  const broken = Buffer.concat([
    Buffer.from("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 13\r\n\r\n"),
    Buffer.from('{"name":"\xe9a"}', "latin1"),
  ]);
  await withSystem(
    (socket, _request, count) => socket.write(count === 1 ? latin : broken),
    async (system) => {
      const read = await send(aChange({ system }));
      assert.deepEqual(read.name === "done" && read.value, { name: "éa" });
      const unread = await send(aChange({ system }));
      assert.equal(unread.name, "in-doubt");
      assert.equal(unread.answer?.text, undefined);
    },
  );
});

test("an answer that is compressed unasked is unpacked, and one that would unpack into too much is in doubt", async () => {
  const packed = (body: Uint8Array, encoding: string): Buffer =>
    Buffer.concat([
      Buffer.from(`HTTP/1.1 200 OK\r\ncontent-encoding: ${encoding}\r\ncontent-length: ${body.length}\r\n\r\n`),
      body,
    ]);
  const bomb = Buffer.alloc(20_000_000, "x");
  const replies = [
    packed(gzipSync('{"id":"1"}'), "gzip"),
    packed(brotliCompressSync(gzipSync('{"id":"1"}')), "gzip, br"),
    packed(deflateSync('{"id":"1"}'), "deflate"),
    packed(deflateRawSync('{"id":"1"}'), "deflate"),
    packed(zstdCompressSync('{"id":"1"}'), "zstd"),
    packed(gzipSync(bomb), "gzip"),
    packed(brotliCompressSync(bomb), "br"),
    packed(deflateSync(bomb), "deflate"),
    packed(deflateRawSync(bomb), "deflate"),
    packed(zstdCompressSync(bomb), "zstd"),
    packed(gzipSync(gzipSync(bomb)), "gzip, gzip"),
    packed(gzipSync('{"id":"1"}'), Array.from({ length: 1_000 }, () => "gzip").join(",")),
    packed(Buffer.from("{}"), "gzip"),
    packed(Buffer.from("{}"), "rot13"),
  ];
  await withSystem(
    (socket, _request, count) => socket.write(replies[count - 1] ?? ""),
    async (system) => {
      for (const [index] of replies.entries()) {
        const outcome = await send(aChange({ system }));
        if (index < 5) assert.deepEqual(outcome.name === "done" && outcome.value, { id: "1" });
        else assert.equal(outcome.name, "in-doubt");
      }
    },
  );
});

test("an answer that comes a byte at a time, in its head or in its body, is cut at the deadline", async () => {
  const head = "HTTP/1.1 200 OK\r\nx-slow: ";
  for (const [first, then] of [
    [head, "a"],
    ["HTTP/1.1 103 Early Hints\r\n\r\n", "HTTP/1.1 103 Early Hints\r\n\r\n"],
    ["HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n", "a"],
    ["HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", "1\r\na\r\n"],
  ] as const) {
    await withSystem(
      (socket) => {
        socket.write(first);
        const dripping = setInterval(() => socket.write(then), 20);
        socket.on("close", () => clearInterval(dripping));
      },
      async (system) => {
        const ofWrite = await send(aChange({ system }));
        const ofRead = await send(aRead({ system }));
        assert.deepEqual([ofWrite.name, ofRead.name], ["in-doubt", "failed-retryable"]);
        assert.match("why" in ofWrite ? ofWrite.why : "", /within 300 ms/);
      },
      { timeoutMs: 300 },
    );
  }
});

test("a body that never ends and a head that never ends are cut at their limits", async () => {
  const endless: [first: string, then: string][] = [
    ["HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", `2710\r\n${"a".repeat(10_000)}\r\n`],
    ["HTTP/1.1 200 OK\r\n", `x-more: ${"a".repeat(1_000)}\r\n`],
  ];
  for (const [first, then] of endless) {
    await withSystem(
      (socket) => {
        socket.write(first);
        const pour = (): void => void socket.write(then, (failed) => failed ?? setImmediate(pour));
        pour();
      },
      async (system) => {
        assert.equal((await send(aChange({ system }))).name, "in-doubt");
        assert.notEqual((await send(aRead({ system }))).name, "done");
      },
    );
  }
});

test("a read is followed within its host, with its auth, and each step takes a permit", async () => {
  const auth = { kind: "apiKey", in: "query", name: "key", key: secret("TOKEN") } as const;
  await withSystem(
    (socket, request) =>
      socket.write(
        request.startsWith("GET /v3/")
          ? json(200, { id: "1" })
          : answer(301, "", { location: "/v3/invoices?page=2&key=token-value" }),
      ),
    async (system, there) => {
      const read = aRead({ system, query: { page: 2 }, expect: Invoice });
      const outcome = await following((at) => send(read, { at }));
      assert.deepEqual(outcome.name === "done" && outcome.value, { id: "1" });
      assert.deepEqual(
        there.requests.map((request) => request.split(" ")[1]),
        ["/invoices?page=2&key=token-value", "/v3/invoices?page=2&key=token-value"],
      );
    },
    { auth },
  );
});

test("a secret that no header can hold sends nothing and is named", async () => {
  const broken = createSystems(
    { ...world, env: { TOKEN: "one\ntwo" } },
    { secrets: createSecrets({ TOKEN: "one\ntwo" }, () => ""), emit: () => undefined },
  );
  await withSystem(
    (socket) => socket.write(answer(200)),
    async (system, there) => {
      const change = aChange({ system });
      const outcome = await broken.send(change, broken.prepare(change, key), {
        signal,
        beforeSend: () => undefined,
        idempotencyKey: key,
        attempt: 1,
      });
      assert.deepEqual([outcome.name, outcome.sent, there.connections()], ["unauthorized", "no", 0]);
      assert.match("why" in outcome ? outcome.why : "", /header authorization .* its secret cannot be right/);
    },
    { auth: { kind: "bearer", token: secret("TOKEN") } },
  );
});

test("what breaks expect was applied; what does not parse may have been", async () => {
  const cases: [reply: string, name: string, unexpected: RegExp | undefined][] = [
    [json(200, { id: 1 }), "done", /^id: /],
    [json(200, null), "done", /./],
    [answer(204), "done", /./],
    [answer(200), "in-doubt", undefined],
    [answer(200, '{"id":'), "in-doubt", undefined],
    [answer(200, "<html>welcome to the hotel</html>", { "content-type": "text/html" }), "in-doubt", undefined],
  ];
  await withSystem(
    (socket, _request, count) => socket.write(cases[count - 1]?.[0] ?? ""),
    async (system) => {
      for (const [reply, name, unexpected] of cases) {
        const outcome = await send(aChange({ system, expect: Invoice }));
        assert.equal(outcome.name, name, reply);
        if (unexpected !== undefined) assert.match((outcome.name === "done" && outcome.unexpected) || "", unexpected);
      }
    },
  );
});

test("expect may be asynchronous, may throw, and may take text or nothing", async () => {
  await withSystem(
    (socket, _request, count) =>
      socket.write(
        count === 3
          ? answer(200, "pong", { "content-type": "text/plain" })
          : count === 4
            ? answer(200)
            : json(200, { id: "1" }),
      ),
    async (system) => {
      const slowly = Invoice.refine(async ({ id }) => Promise.resolve(id === "1"));
      const met = await send(aChange({ system, expect: slowly }));
      assert.deepEqual(met.name === "done" && [met.value, met.unexpected], [{ id: "1" }, undefined]);
      const throwing = Invoice.transform(() => {
        throw new Error("a bug in the schema");
      });
      const thrown = await send(aChange({ system, expect: throwing }));
      assert.match((thrown.name === "done" && thrown.unexpected) || "", /a bug in the schema/);
      const text = await send(aChange({ system, expect: z.string() }));
      assert.equal(text.name === "done" && text.value, "pong");
      const nothing = await send(aChange({ system, expect: z.undefined() }));
      assert.equal(nothing.name, "done");
    },
  );
});

test("a 404 to a read that says so means nothing is there, whatever expect says", async () => {
  await withSystem(
    (socket) => socket.write(json(404, { error: "not found" })),
    async (system) => {
      const outcome = await send(aRead({ system, orAbsent: true, expect: Invoice }));
      assert.deepEqual(outcome.name === "done" && [outcome.value, outcome.unexpected], [undefined, undefined]);
    },
  );
});

const losses: [name: string, respond: Respond, ofWrite: string, ofRead: string][] = [
  ["a reset", (socket) => socket.resetAndDestroy(), "in-doubt", "failed-retryable"],
  ["silence", () => undefined, "in-doubt", "failed-retryable"],
  [
    "an answer cut short",
    (socket) => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{"),
    "in-doubt",
    "failed-retryable",
  ],
  [
    "a refusal cut short",
    (socket) => socket.end("HTTP/1.1 422 No\r\ncontent-length: 10\r\n\r\n{"),
    "in-doubt",
    "failed-retryable",
  ],
  [
    "an answer that is too long",
    (socket) => socket.write(answer(200, "x".repeat(200_000))),
    "in-doubt",
    "failed-permanent",
  ],
];
for (const [name, respond, ofWrite, ofRead] of losses) {
  test(`after ${name} a write is ${ofWrite} and a read is ${ofRead}`, async () => {
    await withSystem(
      respond,
      async (system) => {
        assert.equal((await send(aChange({ system }))).name, ofWrite);
        assert.equal((await send(aRead({ system }))).name, ofRead);
      },
      { timeoutMs: 150 },
    );
  });
}

test("a system that is not there was sent nothing", async () => {
  const there = await destination(() => undefined);
  await there.close();
  const outcome = await send(aChange({ system: aSystem({ baseUrl: new URL(there.origin) }) }));
  assert.deepEqual([outcome.name, outcome.sent], ["unavailable", "no"]);
});

test("a secret that is not set opens nothing and sends nothing, and is named", async () => {
  await withSystem(
    (socket) => socket.write(answer(200)),
    async (system, there) => {
      const outcome = await send(aChange({ system }));
      assert.deepEqual([outcome.name, outcome.sent], ["unauthorized", "no"]);
      assert.match(outcome.name === "unauthorized" ? outcome.why : "", /MISSING is not set/);
      assert.equal(there.connections(), 0);
    },
    { auth: { kind: "bearer", token: secret("MISSING") } },
  );
});

test("a stop that one answer asks for holds the next call, and an absurd one is cut and told", async () => {
  await withSystem(
    (socket) => socket.write(answer(429, "", { "retry-after": "999999" })),
    async (system) => {
      const permit = await systems.enter(system, { record: "a", waitMsMax: 1_000, signal });
      const outcome = await send(aChange({ system }));
      assert.deepEqual(outcome.name === "limited" && outcome.afterMs, 3_600_000);
      permit.release(outcome);
      await assert.rejects(systems.enter(system, { record: "b", waitMsMax: 1_000, signal }), Deferred);
      assert.ok(events.some((event) => event.event === "system.absurd" && event.system === system.name));
      assert.notEqual(systems.state().find(({ name }) => name === system.name)?.stoppedUntil, null);
    },
  );
});

test("a write that is revoked in the last moment is not held against its system", async () => {
  await withSystem(
    (socket) => socket.write(answer(200)),
    async (system, there) => {
      for (let index = 0; index < 10; index++) {
        const permit = await systems.enter(system, { record: `r-${index}`, waitMsMax: 1_000, signal });
        permit.release(
          await send(aChange({ system }), {
            beforeSend: () => {
              throw new Error("revoked");
            },
          }),
        );
      }
      assert.equal(there.requests.length, 0);
      assert.equal(systems.state().find(({ name }) => name === system.name)?.breaker, "closed");
    },
    { breaker: { share: 0.5, volume: 5, openMs: 5_000 } },
  );
});

test("one name is one budget, and two declarations of it that differ are refused", async () => {
  const one = aSystem({ name: "twice", limits: [{ kind: "concurrent", count: 1 }] });
  const same = aSystem({ name: "twice", limits: [{ kind: "concurrent", count: 1 }] });
  const other = aSystem({ name: "twice", limits: [{ kind: "concurrent", count: 2 }] });
  const permit = await systems.enter(one, { record: "a", waitMsMax: 1_000, signal });
  await assert.rejects(systems.enter(same, { record: "b", waitMsMax: 1, signal }), Deferred);
  await assert.rejects(systems.enter(other, { record: "c", waitMsMax: 1, signal }), { name: "WaybillError" });
  permit.unsent();
});

test("the longest a request may take is the request's own timeout, else the system's", () => {
  assert.equal(systems.requestMsMax(aChange({ timeoutMs: 7 })), 7);
  assert.equal(systems.requestMsMax(aChange()), 2_000);
  assert.equal(systems.requestMsMax(aPerform({})), 2_000);
});

test("no outcome, whatever happened, shows a secret that was sent", async () => {
  await withSystem(
    (socket, request) => socket.write(answer(422, request)),
    async (system) => {
      const outcome = await send(aChange({ system, headers: { "X-Extra": secret("TOKEN") } }));
      const shown = secrets.redact(JSON.stringify(outcome));
      assert.match(shown, /\[secret TOKEN\]/);
      assert.ok(!shown.includes("token-value"));
    },
    { auth: { kind: "basic", user: "waybill", password: secret("TOKEN") } },
  );
});
