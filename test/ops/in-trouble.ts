import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { projectFolder, started, waybill } from "../cli/project.ts";

// `waybill start` in a project of its own, with everything wrong that can be brought about from outside: systems that refuse, break off, are down or do not
// let us in, senders that sign badly, records that break the contract, a poll that fails, a heartbeat that nobody takes.

const definitions = `
import { atMostOnce, bearer, byKey, hmac, integration, poll, push, rate, secret, system, webhook } from "waybill";
import { z } from "zod";

const there = process.env.THERE ?? "http://127.0.0.1:1";
const books = system("books", { baseUrl: there + "/books", limits: [rate(5000, "1h")] });
const bank = system("bank", { baseUrl: there + "/bank", auth: bearer(secret("BANK_TOKEN")) });
const stock = system("stock", { baseUrl: there + "/stock", breaker: { share: 0.5, volume: 2, open: "5s" } });
const slow = system("slow", { baseUrl: there + "/slow", limits: [rate(2, "1s")] });
const people = system("people", { baseUrl: there + "/people" });

const Order = z.object({ id: z.string(), does: z.string() });
const Contact = z.object({ id: z.string() });

export const orders = integration("orders", {
  source: [push(), webhook("/orders", { verify: hmac(secret("HOOK_SECRET"), { header: "x-signature" }) })],
  contract: Order,
  identify: ({ id }) => ({ id }),
  retry: { first: "200ms", longest: "1s" },
  async deliver({ does }, { effect }) {
    if (does === "cut") await effect("cut", books.post("/cut", { json: { does }, idempotency: atMostOnce }));
    else if (does === "bank") await effect("bank", bank.post("/unauthorized", { json: {}, idempotency: byKey() }));
    else if (does === "stock") await effect("stock", stock.post("/down", { json: {}, idempotency: byKey() }));
    else if (does === "slow") await effect("slow", slow.post("/ok", { json: {}, idempotency: byKey() }));
    else await effect("books", books.post("/" + does, { json: { does }, idempotency: byKey() }));
  },
});

export const contacts = integration("contacts", {
  source: [
    poll({
      name: "good",
      every: "1s",
      async fetch({ call }) {
        await call(people.get("/ok", { expect: z.object({ id: z.string() }) }));
        return { records: [{ id: "C-1" }], cursor: "1", more: false };
      },
    }),
    poll({
      name: "bad",
      every: "1s",
      async fetch() {
        throw new Error("the other side is out of order");
      },
    }),
  ],
  contract: Contact,
  identify: ({ id }) => ({ id }),
  async deliver({ id }, { effect }) {
    await effect("contact", people.put("/ok/" + id, { json: { id } }));
  },
});
`;

const configuration = `
import { config, heartbeat, secret } from "waybill";
export default config({
  server: { token: secret("WAYBILL_TOKEN") },
  heartbeat: heartbeat(process.env.THERE + "/beat/down", { every: "1s" }),
  release: "r-1",
});
`;

export const token = "a token for operators";

export interface InTrouble {
  readonly url: string;
  readonly folder: string;
  readonly log: () => string;
  send(...records: readonly object[]): Promise<void>;
  /** Hands one record in over HTTP; answers the status. */
  post(record: object): Promise<number>;
  /** A delivery whose signature does not fit. */
  forge(): Promise<void>;
  metrics(accept: string): Promise<string>;
  /** The process is gone, as on a bad night. */
  kill(): Promise<void>;
}

export async function startInTrouble(t: TestContext): Promise<InTrouble> {
  const folder = projectFolder(t);
  mkdirSync(join(folder, "integrations"));
  writeFileSync(join(folder, "integrations/all.ts"), definitions);
  writeFileSync(join(folder, "waybill.config.ts"), configuration);
  const env = {
    THERE: await otherSide(t),
    WAYBILL_TOKEN: token,
    BANK_TOKEN: "a token of the bank",
    HOOK_SECRET: "a secret of the shop",
    WAYBILL_LOG: "info",
  };
  const { url, child, log } = await started(t, folder, env);
  const authorization = `Bearer ${token}`;
  return {
    url,
    folder,
    log,
    async send(...records) {
      const input = records.map((record) => JSON.stringify(record)).join("\n");
      const { code, stderr } = await waybill(folder, ["send", "orders", "-"], { env, input });
      if (code !== 0 && code !== 3) throw new Error(`send: ${stderr}`);
    },
    async post(record) {
      const headers = { authorization, "content-type": "application/json" };
      const path = `${url}/v1/integrations/orders/records`;
      const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(record) });
      await answer.text();
      return answer.status;
    },
    async forge() {
      await fetch(`${url}/orders`, { method: "POST", headers: { "x-signature": "00" }, body: '{"id":"F"}' });
    },
    async metrics(accept) {
      const answer = await fetch(`${url}/metrics`, { headers: { authorization, accept } });
      if (!answer.ok) throw new Error(`/metrics: ${answer.status}`);
      return answer.text();
    },
    async kill() {
      child.kill("SIGKILL");
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    },
  };
}

/** Does what the path says. */
async function otherSide(t: TestContext): Promise<string> {
  const statuses: Readonly<Record<string, number>> = { ok: 200, refuse: 422, down: 503, unauthorized: 401 };
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    request.resume().on("end", () => {
      const does = (request.url ?? "").split("/")[2] ?? "";
      if (does === "cut") request.socket.destroy();
      else response.writeHead(statuses[does] ?? 404, { "content-type": "application/json" }).end('{"id":"there"}');
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
}
