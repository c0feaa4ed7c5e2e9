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

// What was sent, by evidence: each fault, what is reported, and what the other side really received.
const faults: {
  name: string;
  respond?: Respond;
  onConnect?: (socket: Socket) => void;
  request?: Partial<WireRequest>;
  expected: { sent: "no" | "maybe"; reason: string; status?: number };
}[] = [
  {
    name: "a reset before any answer",
    respond: (socket) => socket.resetAndDestroy(),
    expected: { sent: "maybe", reason: "connection" },
  },
  {
    name: "a close before any answer",
    respond: (socket) => socket.end(),
    expected: { sent: "maybe", reason: "connection" },
  },
  {
    name: "a reset within the headers",
    respond: (socket) => socket.write("HTTP/1.1 200 OK\r\ncontent-le", () => socket.resetAndDestroy()),
    expected: { sent: "maybe", reason: "connection" },
  },
  {
    name: "a body cut short of its length",
    respond: (socket) => socket.end('HTTP/1.1 201 Created\r\ncontent-length: 100\r\n\r\n{"id":'),
    expected: { sent: "maybe", reason: "connection", status: 201 },
  },
  {
    name: "a reset within a chunked body",
    respond: (socket) =>
      socket.write('HTTP/1.1 201 Created\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{"id"\r\n', () =>
        setTimeout(() => socket.resetAndDestroy(), 20),
      ),
    expected: { sent: "maybe", reason: "connection", status: 201 },
  },
  {
    name: "an answer that is not HTTP",
    respond: (socket) => socket.write("SSH-2.0-OpenSSH\r\n\r\n"),
    expected: { sent: "maybe", reason: "connection" },
  },
  {
    name: "no answer at all",
    respond: () => undefined,
    request: { timeoutMs: 80 },
    expected: { sent: "maybe", reason: "timeout" },
  },
  {
    name: "an answer that never ends",
    respond: (socket) => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nslow"),
    request: { timeoutMs: 80 },
    expected: { sent: "maybe", reason: "timeout", status: 200 },
  },
  {
    name: "an answer that drips longer than the whole exchange may take",
    respond: (socket) => {
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 10000\r\n\r\n");
      const drip = setInterval(() => (socket.destroyed ? clearInterval(drip) : socket.write("x")), 10);
    },
    request: { timeoutMs: 120 },
    expected: { sent: "maybe", reason: "timeout", status: 200 },
  },
  {
    name: "an answer that says it is too long",
    respond: (socket) => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n"),
    expected: { sent: "maybe", reason: "too-large", status: 200 },
  },
  {
    name: "an answer that turns out too long",
    respond: (socket) =>
      socket.write(`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n40000\r\n${"x".repeat(0x40000)}\r\n0\r\n\r\n`),
    expected: { sent: "maybe", reason: "too-large", status: 200 },
  },
  {
    name: "a run that was revoked before it left",
    request: {
      beforeSend: () => {
        throw new Error("revoked");
      },
    },
    expected: { sent: "no", reason: "revoked" },
  },
  {
    name: "a header that cannot be sent",
    request: { headers: ["x-a", "line\r\nbreak"] },
    expected: { sent: "no", reason: "connection" },
  },
  {
    name: "a signal that had fired before",
    request: { signal: AbortSignal.abort() },
    expected: { sent: "no", reason: "aborted" },
  },
];

for (const { name, respond, onConnect, request, expected } of faults) {
  test(`${name}: sent "${expected.sent}"`, async () => {
    await withDestination(
      respond ?? ((socket) => socket.write(answer(200))),
      async (there) => {
        let left = 0;
        const onHeaders = (): void => {
          left += 1;
        };
        subscribe("undici:client:sendHeaders", onHeaders);
        const got = await post(there.origin, request);
        unsubscribe("undici:client:sendHeaders", onHeaders);
        assert.equal(got.kind, "failed");
        if (got.kind !== "failed") return;
        assert.deepEqual(
          { sent: got.sent, reason: got.reason, ...(got.status === undefined ? {} : { status: got.status }) },
          expected,
        );
        assert.notEqual(got.message, "");
        // The evidence agrees with undici's own channel, and with what arrived.
        assert.equal(left, expected.sent === "maybe" ? 1 : 0);
        if (expected.sent === "no")
          assert.equal(there.bytes(), 0, "bytes arrived of a request that was reported as unsent");
        else assert.equal(there.requests.length, 1, "the request arrived once");
      },
      onConnect,
    );
  });
}
