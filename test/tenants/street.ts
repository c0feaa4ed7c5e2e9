// A street of shops, each on a socket of its own, and a Waybill that works for all of them.
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { TestContext } from "node:test";
import type { Integration } from "waybill";
import { assemble } from "../../src/assembly/assemble.ts";
import type { Assembly } from "../../src/assembly/assembly.ts";
import type { WaybillEvent } from "../../src/model/events.ts";

export interface Shop {
  readonly id: string;
  readonly url: string;
  readonly token?: string;
}

/** What one shop was asked. */
export interface Visit {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export type Answers = (visit: Visit) => { readonly status: number; readonly body: unknown } | "hang";

/** One host. It answers as `will` says, and remembers whoever came. */
export class Host {
  readonly visits: Visit[] = [];
  will: Answers = () => ({ status: 200, body: { ok: true } });
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(t: TestContext): Promise<Host> {
    const server = createServer(async (request, response) => {
      const { method = "", url: path = "", headers } = request;
      const visit = { method, path, headers, body: await text(request) };
      host.visits.push(visit);
      const answer = host.will(visit);
      if (answer === "hang") return;
      response.writeHead(answer.status, { "content-type": "application/json" });
      response.end(JSON.stringify(answer.body));
    });
    const host = new Host(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    t.after(() => host.close());
    return host;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

/** A Waybill on a ledger of its own, that goes on when it is started again. */
export class Street {
  readonly events: WaybillEvent[] = [];
  readonly #folder: string;
  readonly #env: Record<string, string>;
  #assembly: Assembly | undefined;

  constructor(t: TestContext, env: Record<string, string> = {}) {
    this.#folder = mkdtempSync(join(tmpdir(), "waybill-tenants-"));
    this.#env = env;
    t.after(async () => {
      await this.stop();
      rmSync(this.#folder, { recursive: true, force: true });
    });
  }

  get waybill(): Assembly {
    if (this.#assembly === undefined) throw new Error("Nothing is started.");
    return this.#assembly;
  }

  async start(...integrations: readonly Integration[]): Promise<Assembly> {
    Object.assign(process.env, this.#env);
    this.#assembly = await assemble({
      integrations,
      ledger: `sqlite:${join(this.#folder, "ledger.db")}`,
      release: "r1",
      emit: (event) => this.events.push(event),
    });
    await this.#assembly.start();
    return this.#assembly;
  }

  async stop(): Promise<void> {
    await this.#assembly?.stop({ graceMs: 200 });
    this.#assembly = undefined;
  }

  /** Everything that is on disk, as bytes. */
  disk(): Buffer {
    return Buffer.concat(readdirSync(this.#folder).map((name) => readFileSync(join(this.#folder, name))));
  }

  async send(name: string, tenant: string, record: unknown): Promise<void> {
    const { definition } = this.waybill.known(name);
    await this.waybill.intake.send(definition, record, tenant);
  }

  /** Until it is so; the test's own time limit ends a wait in vain. */
  async until(is: () => boolean | Promise<boolean>): Promise<void> {
    while (!(await is())) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  async book(tenant: string) {
    const books = await this.waybill.ledger.balance(undefined);
    return books.find((book) => book.tenant === tenant);
  }
}
