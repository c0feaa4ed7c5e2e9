import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";
import { after, test } from "node:test";
import { systemClock } from "../../src/world/clock.ts";
import type { WireAnswer, WireRequest } from "../../src/world/transport.ts";
import { createTransport } from "../../src/world/undici-transport.ts";
import { answer, type Destination, destination, type Respond } from "./destination.ts";

const transport = createTransport(systemClock);
after(() => transport.close());

const plain = {
  method: "POST",
  path: "/invoices",
  headers: ["content-type", "application/json"],
  body: '{"a":1}',
  timeoutMs: 2_000,
  answerBytesMax: 100_000,
  signal: undefined,
  beforeSend: undefined,
  privateAllowed: true,
} as const satisfies Omit<WireRequest, "origin">;

const post = (origin: string, more: Partial<WireRequest> = {}): Promise<WireAnswer> =>
  transport.send({ ...plain, origin, ...more });

async function withDestination(
  respond: Respond,
  use: (there: Destination) => Promise<void>,
  onConnect?: (socket: Socket) => void,
): Promise<void> {
  const there = await destination(respond, onConnect);
  try {
    await use(there);
  } finally {
    await there.close();
  }
}

test("a whole answer comes back with its status, headers and body", async () => {
  const extra = "set-cookie: a=1\r\nset-cookie: b=2\r\nX-Kind: Good\r\n";
  const reply = `HTTP/1.1 201 Created\r\n${extra}transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n`;
  await withDestination(
    (socket) => socket.write(reply),
    async (there) => {
      const got = await post(there.origin, { path: "/v2/x?q=%C3%A9", headers: ["x-one", "1", "x-two", "2"] });
      assert.equal(got.kind, "answered");
      if (got.kind !== "answered") return;
      assert.equal(got.status, 201);
      assert.equal(Buffer.from(got.body).toString(), "hello world");
      assert.equal(got.headers["x-kind"], "Good");
      assert.equal(got.headers["set-cookie"], "a=1, b=2");
      assert.match(
        there.requests[0] ?? "",
        /^POST \/v2\/x\?q=%C3%A9 HTTP\/1\.1\r\n[\s\S]*x-one: 1\r\nx-two: 2\r\n[\s\S]*\{"a":1\}$/,
      );
    },
  );
});

test("an interim answer (103) is passed over", async () => {
  await withDestination(
    (socket) => socket.write(`HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n${answer(200, "x")}`),
    async (there) => {
      const got = await post(there.origin);
      assert.equal(got.kind === "answered" && got.status, 200);
    },
  );
});

test("a redirect is an answer and is not followed", async () => {
  await withDestination(
    (socket) => socket.write(answer(307, "", { location: "/elsewhere" })),
    async (there) => {
      const got = await post(there.origin);
      assert.equal(got.kind === "answered" && got.status, 307);
      assert.equal(there.requests.length, 1);
    },
  );
});

test("a refused connection, an unknown host and a handshake that fails were not sent", async () => {
  const there = await destination(() => undefined);
  await there.close();
  const refused = await post(there.origin);
  assert.equal(refused.kind === "failed" && refused.sent, "no");
  assert.equal(refused.kind === "failed" && refused.code, "ECONNREFUSED");

  const unknown = await post("http://no-such-host.invalid");
  assert.equal(unknown.kind === "failed" && unknown.sent, "no");

  // It speaks no TLS: one resets, one stays silent.
  for (const onConnect of [
    (socket: Socket) => void socket.once("data", () => socket.resetAndDestroy()),
    () => undefined,
  ]) {
    await withDestination(
      () => undefined,
      async (plain) => {
        const shaken = await post(plain.origin.replace("http:", "https:"), { timeoutMs: 150 });
        assert.equal(shaken.kind === "failed" && shaken.sent, "no");
      },
      onConnect,
    );
  }
});

test("a signal ends a request that waits for its connection, and one that waits for its answer", async () => {
  await withDestination(
    () => undefined,
    async (there) => {
      const early = new AbortController();
      const connecting = post(there.origin.replace("http:", "https:"), { signal: early.signal });
      setTimeout(() => early.abort(), 30);
      const first = await connecting;
      assert.deepEqual(first.kind === "failed" && [first.sent, first.reason], ["no", "aborted"]);

      const late = new AbortController();
      const waiting = post(there.origin, { signal: late.signal });
      while (there.requests.length === 0) await new Promise((later) => setTimeout(later, 5));
      late.abort();
      const second = await waiting;
      assert.deepEqual(second.kind === "failed" && [second.sent, second.reason], ["maybe", "aborted"]);
    },
  );
});

test("a request that is given up while its connection comes up never leaves afterwards", async () => {
  await withDestination(
    (socket) => socket.write(answer(200)),
    async (there) => {
      let unsent = 0;
      const tries = 200;
      for (let index = 0; index < tries; index++) {
        const fresh = createTransport(systemClock);
        const got = await fresh.send({
          ...plain,
          origin: there.origin,
          path: `/${index}`,
          signal: abortSoon(index % 4),
        });
        if (got.kind === "failed" && got.sent === "no") unsent += 1;
        await new Promise((later) => setImmediate(later));
        await fresh.close();
      }
      await new Promise((later) => setTimeout(later, 50));
      assert.ok(unsent > 0, "no try ended while connecting");
      assert.ok(
        there.requests.length <= tries - unsent,
        `${there.requests.length} arrived, ${unsent} of ${tries} were reported unsent`,
      );
    },
  );
});

function abortSoon(turns: number): AbortSignal {
  const controller = new AbortController();
  const tick = (left: number): void => {
    if (left === 0) controller.abort();
    else setImmediate(tick, left - 1);
  };
  tick(turns);
  return controller.signal;
}

test("beforeSend runs once, after the connection is up and before the first byte", async () => {
  await withDestination(
    (socket) => socket.write(answer(200)),
    async (there) => {
      const seen: string[] = [];
      const onHeaders = (): void => void seen.push("headers");
      subscribe("undici:client:sendHeaders", onHeaders);
      await post(there.origin, { beforeSend: () => seen.push(`before (${there.bytes()} bytes there)`) });
      unsubscribe("undici:client:sendHeaders", onHeaders);
      assert.deepEqual(seen, ["before (0 bytes there)", "headers"]);
    },
  );
});

test("a connection survives a request that was revoked on it", async () => {
  await withDestination(
    (socket) => socket.write(answer(200)),
    async (there) => {
      // undici reuses a connection only after another turn of the event loop.
      const aMoment = (): Promise<void> => new Promise((later) => setTimeout(later, 10));
      await post(there.origin);
      await aMoment();
      await post(there.origin, {
        beforeSend: () => {
          throw new Error("no");
        },
      });
      await aMoment();
      const got = await post(there.origin);
      assert.equal(got.kind, "answered");
      assert.equal(there.connections(), 1);
      assert.equal(there.requests.length, 2);
    },
  );
});

test("a kept connection that breaks is never answered by sending the request again", async () => {
  await withDestination(
    (socket, _request, count) => (count % 2 === 1 ? socket.write(answer(200)) : socket.destroy()),
    async (there) => {
      for (let round = 0; round < 20; round++) {
        const first = await post(there.origin);
        const second = await post(there.origin);
        assert.equal(first.kind, "answered");
        assert.equal(second.kind === "failed" && second.sent, "maybe");
      }
      assert.equal(there.requests.length, 40);
    },
  );
});

test("a destination that closes idle connections while requests come is told of each request at most once", async () => {
  await withDestination(
    (socket) => socket.write(answer(200), () => setTimeout(() => socket.destroy(), 1)),
    async (there) => {
      let answered = 0;
      let unsent = 0;
      const tries = 300;
      for (let index = 0; index < tries; index++) {
        const got = await post(there.origin, { path: `/${index}` });
        if (got.kind === "answered") answered += 1;
        else if (got.sent === "no") unsent += 1;
        if (index % 3 === 0) await new Promise((later) => setTimeout(later, 1));
      }
      const paths = there.requests.map((request) => request.split(" ")[1]);
      assert.equal(new Set(paths).size, paths.length, "a request arrived twice");
      assert.ok(paths.length >= answered && paths.length <= tries - unsent);
    },
  );
});

test("private addresses are refused, however they are written", async () => {
  await withDestination(
    (socket) => socket.write(answer(200)),
    async (there) => {
      const hosts = [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "2130706433",
        "0x7f.1",
        "0.0.0.0",
        "169.254.169.254",
        "10.0.0.1",
        "[fe80::1]",
      ];
      for (const host of hosts) {
        const { origin } = new URL(`http://${host}:${there.port}`);
        const got = await post(origin, { privateAllowed: false, timeoutMs: 500 });
        assert.deepEqual(got.kind === "failed" && [host, got.sent, got.reason], [host, "no", "address-refused"]);
      }
      assert.equal(there.connections(), 0, "not even a connection was made");
    },
  );
});

test("closing ends what is under way and refuses what comes after", async () => {
  await withDestination(
    () => undefined,
    async (there) => {
      const own = createTransport(systemClock);
      const request = { ...plain, origin: there.origin };
      const waiting = own.send(request);
      while (there.requests.length === 0) await new Promise((later) => setTimeout(later, 5));
      await own.close();
      const ended = await waiting;
      assert.equal(ended.kind === "failed" && ended.sent, "maybe");
      const refused = await own.send(request);
      assert.deepEqual(refused.kind === "failed" && [refused.sent, refused.reason], ["no", "aborted"]);
    },
  );
});
