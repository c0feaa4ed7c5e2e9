import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { secret } from "../../../src/define/secret.ts";
import { signed } from "../../../src/define/signed.ts";
import type { Sign } from "../../../src/define/signing.ts";
import type { SystemDefinition } from "../../../src/define/system.ts";
import type { Outcome } from "../../../src/model/outcome.ts";
import { answer, type Destination, destination } from "../../world/destination.ts";
import { aSystem } from "../declared.ts";
import { Desk } from "./desk.ts";

async function at(
  sign: Sign<{ readonly key: string }>,
  use: (send: () => Promise<Outcome>, there: Destination, desk: Desk) => Promise<void>,
  more: Partial<SystemDefinition> = {},
): Promise<void> {
  const desk = new Desk();
  desk.env.PARTNER_KEY = "partner-key-canary";
  const there = await destination((socket, _request, count) => socket.write(answer(count === 1 ? 500 : 201, "{}")));
  try {
    desk.start();
    const auth = signed(sign, { key: secret("PARTNER_KEY") });
    const system = aSystem({ name: "partner", baseUrl: new URL(`${there.origin}/v2`), auth, ...more });
    await use(() => desk.send(system), there, desk);
  } finally {
    await desk.end();
    await there.close();
  }
}

test("a signature covers what is sent, byte for byte, and is made anew for each send", async () => {
  const mac = (text: string): string => createHmac("sha256", "partner-key-canary").update(text).digest("hex");
  await at(
    ({ method, url, headers, body, now, uuid }, { key }) => {
      const hash = createHmac("sha256", key);
      hash.update(`${method} ${url} ${headers["idempotency-key"]} ${uuid} ${now} `).update(body);
      return {
        "X-Nonce": uuid,
        "X-Time": String(now),
        "x-signature": hash.digest("hex"),
        Accept: "application/vnd.partner",
      };
    },
    async (send, there, desk) => {
      await send();
      assert.equal((await send()).name, "done");
      const nonces = there.requests.map((request) => {
        const header = (name: string): string => new RegExp(`^${name}: (.*)\r$`, "m").exec(request)?.[1] ?? "";
        const body = request.split("\r\n\r\n")[1];
        const path = request.split(" ")[1];
        const over = `POST ${there.origin}${path} ${header("idempotency-key")} ${header("x-nonce")} ${header("x-time")} ${body}`;
        assert.equal(header("x-signature"), mac(over), "the destination would refuse it");
        assert.equal(request.match(/^accept:/gim)?.length, 1, "a header was sent twice");
        assert.equal(header("accept"), "application/vnd.partner");
        return header("x-nonce");
      });
      assert.equal(new Set(nonces).size, 2, "a repeat would look like a replay");
      assert.ok(!desk.stored().includes("partner-key-canary"));
    },
  );
});

for (const [name, sign, why] of [
  [
    "throws its own secret",
    (_: unknown, { key }: { key: string }) => Promise.reject(new Error(`no ${key}`)),
    /no \[secret PARTNER_KEY\]/,
  ],
  ["answers nothing", () => undefined, /answered no headers/],
  ["would end the header", () => ({ "x-a": "1\r\nx-admin: 1" }), /what no header can hold/],
  ["sets a header of the connection", () => ({ Host: "elsewhere" }), /"Host", which it may not set/],
] as const) {
  test(`a function that ${name} sends nothing`, async () => {
    await at(sign as unknown as Sign<{ readonly key: string }>, async (send, there, desk) => {
      const outcome = await send();
      assert.deepEqual([outcome.name, outcome.sent, there.connections()], ["unauthorized", "no", 0]);
      assert.match("why" in outcome ? outcome.why : "", why);
      assert.ok(!JSON.stringify([outcome, desk.events]).includes("canary"));
    });
  });
}

test("a function that changes what it is shown changes nothing of what is sent", async () => {
  await at(
    ({ body }) => {
      body.fill(65);
      return {};
    },
    async (send, there) => {
      await send();
      assert.match(there.requests[0] ?? "", /\{"total":"1\.00"\}$/);
    },
  );
});
