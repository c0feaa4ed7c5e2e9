import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { secret } from "waybill";
import type { WaybillError } from "../../src/model/errors.ts";
import { listen } from "../../src/server/listen.ts";
import { requestText, serving, signed, statusesIn } from "./serving.ts";

const good = JSON.stringify({ id: "A-1", total: 12 });

/** A connection that stays open, and what comes back on it. */
async function open(port: number) {
  const socket = connect({ port, host: "127.0.0.1" });
  let text = "";
  socket.on("data", (piece) => {
    text += piece.toString("latin1");
  });
  socket.on("error", () => undefined);
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  await new Promise((resolve) => socket.once("connect", resolve));
  const until = async (status: number): Promise<void> => {
    while (!statusesIn(text).includes(status)) await new Promise((resolve) => socket.once("data", resolve));
  };
  return { socket, closed, until, text: () => text };
}

test("a port in use is said with a way out", async (t) => {
  const at = await serving(t);
  const again = listen(at.assembly.app, { host: "127.0.0.1", port: at.port });
  await assert.rejects(again, (error: WaybillError) => {
    assert.equal(error.code, "port-in-use");
    assert.match(error.message, new RegExp(`127.0.0.1:${at.port}`));
    assert.match(error.hint ?? "", /--port/);
    return true;
  });
});

test("an address that is not this machine's is refused by name", async (t) => {
  await assert.rejects(serving(t, { host: "192.0.2.1", token: secret("API_TOKEN") }), {
    code: "bad-configuration",
    message: /192\.0\.2\.1/,
  });
});

test("beyond this machine nothing listens without a token", async (t) => {
  for (const host of ["0.0.0.0", "::", "192.0.2.1", "example.com", "127.0.0.1.example.com"]) {
    await assert.rejects(serving(t, { host }), { code: "bad-configuration", message: /Without a token/ }, host);
  }
  const at = await serving(t, { host: "0.0.0.0", token: secret("API_TOKEN") });
  assert.ok(at.port > 0);
});

test("closing lets a delivery that is under way finish, drops idle connections, and takes no new one", async (t) => {
  const at = await serving(t);
  const take = at.assembly.intake.take.bind(at.assembly.intake);
  let go = (): void => undefined;
  const gate = new Promise<void>((resolve) => {
    go = resolve;
  });
  const entered = new Promise<void>((resolve) => {
    t.mock.method(at.assembly.intake, "take", async (...given: Parameters<typeof take>) => {
      resolve();
      await gate;
      return take(...given);
    });
  });
  const idle = await open(at.port);
  idle.socket.write(requestText("GET /healthz", {}, "", { close: false }));
  await idle.until(200);
  const busy = await open(at.port);
  busy.socket.write(requestText("POST /shop/orders", signed(good), good, { close: false }));
  await entered;
  const closing = at.close(60_000);
  await idle.closed;
  await assert.rejects(at.get("/healthz"));
  go();
  await busy.closed;
  assert.deepEqual(statusesIn(busy.text()), [202]);
  assert.match(busy.text(), /connection: close/i);
  await closing;
});

test("closing ends what does not finish in time", async (t) => {
  const at = await serving(t);
  const slow = await open(at.port);
  slow.socket.write(
    requestText("POST /shop/orders", { ...signed(good), "content-length": "500" }, good, { close: false }),
  );
  await at.close(50);
  await slow.closed;
});

test("one connection carries many deliveries", async (t) => {
  const at = await serving(t);
  const { socket, until, text } = await open(at.port);
  for (let n = 0; n < 3; n++) {
    const body = JSON.stringify({ id: `A-${n}`, total: n });
    socket.write(requestText("POST /shop/orders", signed(body), body, { close: false }));
  }
  socket.write(requestText("GET /healthz", {}));
  await until(200);
  assert.deepEqual(statusesIn(text()), [202, 202, 202, 200]);
});
