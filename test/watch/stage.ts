// A Waybill on a real ledger, with a real destination, real webhooks, and a clock that can be put forward and back.
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { assemble } from "../../src/assembly/assemble.ts";
import type { Assembly } from "../../src/assembly/assembly.ts";
import type { WatchOptions } from "../../src/define/watch.ts";
import { type Integration, type System, type SystemOptions, system } from "../../src/index.ts";
import type { AlertRow } from "../../src/ledger/ledger.ts";
import type { WaybillEvent } from "../../src/model/events.ts";
import { listen } from "../../src/server/listen.ts";
import { systemClock } from "../../src/world/clock.ts";
import { createWorld } from "../../src/world/world.ts";

export interface Answer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

const minute = 60_000;
let stages = 0;

export class Stage {
  readonly books: System;
  readonly ledger: string;
  readonly events: WaybillEvent[] = [];
  readonly env: Record<string, string> = {};
  /** What the destination does from now on. */
  answer: (path: string) => Answer | "reset" = () => ({ status: 201, body: { id: "1" } });
  #assembly: Assembly | undefined;
  #close: (() => Promise<void>) | undefined;
  #url = "";
  #onNowMs = 0;
  #onMs = 0;

  constructor(books: System, ledger: string) {
    this.books = books;
    this.ledger = ledger;
  }

  async start(integrations: readonly Integration[], watch: WatchOptions = {}): Promise<void> {
    await this.stop();
    const world = createWorld({ env: this.env });
    const clock = {
      ...systemClock,
      now: () => Date.now() + this.#onNowMs,
      monotonic: () => performance.now() + this.#onMs,
    };
    const assembly = await assemble({
      integrations,
      ledger: this.ledger,
      release: "1",
      watch,
      world: { ...world, clock },
      emit: (event) => void this.events.push(event),
    });
    this.#assembly = assembly;
    await assembly.start();
    const server = await listen(assembly.app, { host: "127.0.0.1", port: 0 });
    this.#url = server.url;
    this.#close = async () => {
      await server.close();
      await assembly.stop({ graceMs: 100 });
      await world.close();
    };
  }

  async stop(): Promise<void> {
    await this.#close?.();
    this.#close = undefined;
  }

  get waybill(): Assembly {
    if (this.#assembly === undefined) throw new Error("Nothing is started.");
    return this.#assembly;
  }

  get nowMs(): number {
    return Date.now() + this.#onNowMs;
  }

  get url(): string {
    return this.#url;
  }

  async send(name: string, ...records: readonly unknown[]): Promise<string[]> {
    const { definition } = this.waybill.known(name);
    const sent = await Promise.all(records.map((record) => this.waybill.intake.send(definition, record)));
    return sent.map(({ record }) => record);
  }

  /** Time passes, and the watch looks on the way. */
  async pass(minutes: number): Promise<void> {
    this.#onNowMs += minutes * minute;
    this.#onMs += minutes * minute;
    await this.look();
  }

  /** Somebody puts the machine's clock back. */
  async setBack(minutes: number): Promise<void> {
    this.#onNowMs -= minutes * minute;
    await this.look();
  }

  async look(): Promise<void> {
    await this.waybill.watch()?.look();
  }

  async alerts(rule: string): Promise<AlertRow[]> {
    const rows = await this.waybill.ledger.alerts({});
    return rows.filter((row) => row.rule === rule);
  }

  /** Looks again and again, until it is so. */
  async until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
    for (let tries = 0; tries < 200; tries++) {
      await this.look();
      if (await holds()) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`it never came to this: ${what}; ${JSON.stringify(await this.waybill.ledger.alerts({}))}`);
  }
}

/** Opens a stage that ends with its test, on a ledger of its own or beside others on one. */
export async function openStage(t: TestContext, options: SystemOptions = {}, ledger?: string): Promise<Stage> {
  const server = createServer((request, response) => {
    request.resume().on("end", () => {
      const answer = stage.answer(request.url ?? "/");
      if (answer === "reset") return void request.socket.destroy();
      response.writeHead(answer.status, { "content-type": "application/json", ...answer.headers });
      response.end(JSON.stringify(answer.body ?? { error: "no" }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const folder = mkdtempSync(join(tmpdir(), "waybill-watch-"));
  const books = system(`books-${++stages}`, { baseUrl: `http://127.0.0.1:${port}`, breaker: false, ...options });
  const stage = new Stage(books, ledger ?? `sqlite:${join(folder, "ledger.db")}`);
  t.after(async () => {
    await stage.stop();
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return stage;
}
