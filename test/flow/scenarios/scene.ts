// A destination on a real socket that does what a test says, and a Waybill beside it that can be stopped and started again as another release.
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { TestContext } from "node:test";
import { type Integration, type System, type SystemOptions, system } from "waybill";
import { assemble } from "../../../src/assembly/assemble.ts";
import type { Assembly } from "../../../src/assembly/assembly.ts";
import type { RecordFilter, RecordRow, RecordWhole } from "../../../src/ledger/ledger.ts";
import type { WaybillEvent } from "../../../src/model/events.ts";

/** What the destination does to the next request of a route: `lost` applies it and breaks the connection, `reset` only breaks it. */
export type Act =
  | "ok"
  | "lost"
  | "reset"
  | "hang"
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: unknown };

export interface Seen {
  readonly route: string;
  readonly query: string;
  readonly body: Record<string, unknown>;
  readonly key: string | undefined;
  readonly applied: boolean;
}

export class Scene {
  readonly books: System;
  readonly seen: Seen[] = [];
  readonly events: WaybillEvent[] = [];
  readonly #acts = new Map<string, Act[]>();
  readonly #answers = new Map<string, (body: Record<string, unknown>) => unknown>();
  readonly #byKey = new Map<string, unknown>();
  /** Where its ledger is, for another process that comes to it. */
  readonly ledger: string;
  #assembly: Assembly | undefined;
  #until: ((event: WaybillEvent) => void)[] = [];

  constructor(books: System, ledger: string) {
    this.books = books;
    this.ledger = ledger;
  }

  /** What the next requests of a route (`POST /invoices`) meet; after that all is well. */
  will(route: string, ...acts: readonly Act[]): void {
    this.#acts.set(route, [...acts]);
  }

  /** What a route answers where all is well, called once for what it applies; instead of an id of its own making. */
  answers(route: string, answer: (body: Record<string, unknown>) => unknown): void {
    this.#answers.set(route, answer);
  }

  /** What one route applied: bodies, in order, repeated keys once. */
  applied(route: string): Record<string, unknown>[] {
    return this.seen.filter((one) => one.route === route && one.applied).map(({ body }) => body);
  }

  asked(route: string): Seen[] {
    return this.seen.filter((one) => one.route === route);
  }

  /** One request, judged: what it answers, or that the connection breaks. */
  meet(
    route: string,
    query: string,
    body: Record<string, unknown>,
    key: string | undefined,
  ): Act | { readonly answer: unknown } {
    const act = this.#acts.get(route)?.shift() ?? "ok";
    const known = key === undefined ? undefined : this.#byKey.get(key);
    const isGet = route.startsWith("GET ");
    const applies = !isGet && known === undefined && (act === "ok" || act === "lost");
    this.seen.push({ route, query, body, key, applied: applies });
    const answer = known ?? (applies || isGet ? this.#answerTo(route, query, body) : undefined);
    if (applies && key !== undefined) this.#byKey.set(key, answer);
    return act === "ok" ? { answer } : act;
  }

  #answerTo(route: string, query: string, body: Record<string, unknown>): unknown {
    const own = this.#answers.get(route);
    if (own !== undefined) return own(body);
    const path = route.slice(route.indexOf(" ") + 1);
    if (route.startsWith("GET ")) return { items: this.#found(path, query) };
    return { id: `${path.slice(1)}-${this.applied(`POST ${path}`).length}` };
  }

  #found(path: string, query: string): unknown[] {
    const ref = new URLSearchParams(query).get("ref");
    return this.applied(`POST ${path}`)
      .filter((body) => body.ref === ref)
      .map((_, at) => ({ id: `${path.slice(1)}-${at + 1}` }));
  }

  /** Starts a Waybill with these integrations; the one before it stops first. A deploy, when the release is another. */
  async start(release: string, ...integrations: readonly Integration[]): Promise<void> {
    await this.stop();
    this.#assembly = await assemble({
      integrations,
      ledger: this.ledger,
      release,
      emit: (event) => {
        this.events.push(event);
        for (const look of this.#until) look(event);
      },
    });
    await this.#assembly.start();
  }

  async stop(): Promise<void> {
    await this.#assembly?.stop({ graceMs: 200 });
    this.#assembly = undefined;
  }

  get waybill(): Assembly {
    if (this.#assembly === undefined) throw new Error("Nothing is started.");
    return this.#assembly;
  }

  async send(name: string, ...records: readonly unknown[]): Promise<string[]> {
    const sent: string[] = [];
    for (const record of records) {
      const { definition } = this.waybill.known(name);
      sent.push((await this.waybill.intake.send(definition, record)).record);
    }
    return sent;
  }

  settled(timeoutMs = 15_000): Promise<void> {
    return this.waybill.settled(undefined, timeoutMs);
  }

  /** Resolves with the next event that `is` knows. */
  next(is: (event: WaybillEvent) => boolean): Promise<WaybillEvent> {
    return new Promise((resolve) => {
      const look = (event: WaybillEvent): void => {
        if (!is(event)) return;
        this.#until = this.#until.filter((one) => one !== look);
        resolve(event);
      };
      this.#until.push(look);
    });
  }

  async rows(filter: Partial<RecordFilter> = {}): Promise<RecordRow[]> {
    const { rows } = await this.waybill.ledger.find({ limit: 100, ...filter });
    return rows.toReversed();
  }

  /** States in order of intake, with the cause where a person has to know it. */
  async states(): Promise<string[]> {
    return (await this.rows()).map(({ state, cause }) => (cause === undefined ? state : `${state}: ${cause}`));
  }

  async whole(record: string | undefined): Promise<RecordWhole> {
    const whole = record === undefined ? undefined : await this.waybill.ledger.record(record);
    if (whole === undefined) throw new Error(`There is no record ${record}.`);
    return whole;
  }
}

let scenes = 0;

/** Opens a scene that ends with its test. */
export async function openScene(t: TestContext, options: SystemOptions = {}): Promise<Scene> {
  const server = createServer(async (request, response) => {
    const { method = "GET", url = "/" } = request;
    const raw = await text(request).catch(() => "");
    const [path = "/", query = ""] = url.split("?");
    const key = request.headers["idempotency-key"] as string | undefined;
    const met = scene.meet(`${method} ${path}`, query, raw === "" ? {} : JSON.parse(raw), key);
    if (met === "lost" || met === "reset") return void request.socket.destroy();
    if (met === "hang" || met === "ok") return;
    const [status, headers, body] =
      "answer" in met ? [201, {}, met.answer] : [met.status, met.headers ?? {}, met.body ?? { error: "no" }];
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const baseUrl = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  const folder = mkdtempSync(join(tmpdir(), "waybill-scene-"));
  const books = system(`books-${++scenes}`, { baseUrl, timeout: "500ms", breaker: false, ...options });
  const scene = new Scene(books, `sqlite:${join(folder, "ledger.db")}`);
  t.after(async () => {
    await scene.stop();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true, force: true });
  });
  return scene;
}

export const quick = { first: "20ms", longest: "100ms", giveUpAfter: "10m" } as const;
