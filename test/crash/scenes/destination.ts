import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { between, chance } from "../../../examples/demo/chance.ts";

// A destination that outlives every worker and knows only what it has applied itself: invoices by the batch, jobs, things and what undoes them, orders
// that are only told of and have to be fetched, and copies of those. It loses answers by seed, after it has applied them or before.

export interface Faults {
  /** Shares of calls whose connection breaks: before anything is applied, after. */
  readonly reset: number;
  readonly lost: number;
}

export interface Item {
  readonly ref: string;
}

/** What became of one item of a batch, besides being made. */
export type Fate = "made" | "refused" | "made-unspoken" | "lost-unspoken";

export interface DestinationOptions {
  readonly seed: number;
  readonly faults?: Faults;
  /** Whether a key that comes again gets the first answer again, and nothing is applied. */
  readonly keys?: boolean;
  /** What becomes of an item that is sent for the nth time; made by default. */
  readonly fate?: (ref: string, times: number) => Fate;
  /** What is put into the answer of a batch besides. */
  readonly tooMany?: (calls: number) => readonly object[];
  /** Breaks the connection of this batch after it was applied, counted from 1. */
  readonly loseBatch?: number;
}

export class Destination {
  readonly invoices = new Map<string, number>();
  readonly jobs = new Map<string, number>();
  readonly things = new Map<string, number>();
  readonly credits = new Map<string, number>();
  /** Versions of each order, as they were copied. */
  readonly copies = new Map<string, number[]>();
  /** What the orders are at now. */
  readonly orders = new Map<string, number>();
  readonly batches: { readonly key: string | undefined; readonly refs: readonly string[] }[] = [];
  /** The most loads of one order at a time, and of all. */
  overlaps = 0;
  loadsTogether = 0;
  loads = 0;
  lost = 0;
  replayed = 0;
  url = "";
  readonly #options: DestinationOptions;
  readonly #answers = new Map<string, string>();
  readonly #sent = new Map<string, number>();
  readonly #loading = new Map<string, number>();
  #calls = 0;
  readonly #server = createServer((request, response) => void this.#take(request, response));

  constructor(options: DestinationOptions) {
    this.#options = options;
  }

  async open(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    const address = this.#server.address();
    this.url = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
    return this;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = ++this.#calls;
    const { seed, faults = { reset: 0, lost: 0 }, keys = true } = this.#options;
    // A worker that is killed while it writes leaves half a request: nothing of it is applied.
    const raw = await text(request).catch(() => undefined);
    if (raw === undefined) return;
    const [path = "", query = ""] = (request.url ?? "").split("?");
    if (request.method === "GET") return this.#read(path, new URLSearchParams(query), call, request, response);
    if (chance(seed, "reset", call) < faults.reset) return void request.socket.destroy();
    const key = keys ? (request.headers["idempotency-key"] as string | undefined) : undefined;
    const known = key === undefined ? undefined : this.#answers.get(`${path} ${key}`);
    if (known !== undefined) this.replayed++;
    const answer = known ?? this.#apply(path, JSON.parse(raw) as Record<string, unknown>, key);
    if (key !== undefined) this.#answers.set(`${path} ${key}`, answer);
    const loses = path === "/invoices" && known === undefined && this.batches.length === this.#options.loseBatch;
    if (!loses && chance(seed, "lost", call) >= faults.lost) return say(response, answer);
    this.lost++;
    request.socket.destroy();
  }

  #apply(path: string, body: Record<string, unknown>, key: string | undefined): string {
    const ref = String(body.ref);
    switch (path) {
      case "/invoices":
        return this.#batch(body.items as readonly Item[], key);
      case "/jobs":
        more(this.jobs, ref);
        return JSON.stringify({ job: ref });
      case "/things":
        more(this.things, ref);
        return JSON.stringify({ id: ref });
      case "/credits":
        more(this.credits, ref);
        return JSON.stringify({ id: ref });
      case "/copies":
        this.copies.set(ref, [...(this.copies.get(ref) ?? []), Number(body.version)]);
        return JSON.stringify({ id: ref });
      default:
        throw new Error(`Nobody asks for ${path}.`);
    }
  }

  #batch(items: readonly Item[], key: string | undefined): string {
    this.batches.push({ key, refs: items.map(({ ref }) => ref) });
    const { fate = () => "made", tooMany } = this.#options;
    const made = items.flatMap(({ ref }): readonly object[] => {
      more(this.#sent, ref);
      const became = fate(ref, this.#sent.get(ref) ?? 0);
      if (became === "made" || became === "made-unspoken") more(this.invoices, ref);
      if (became === "refused") return [{ ref, error: `${ref} has no customer` }];
      return became === "made" ? [{ ref, id: `inv-${ref}` }] : [];
    });
    return JSON.stringify({ made: [...made, ...(tooMany?.(this.batches.length) ?? [])] });
  }

  #read(path: string, query: URLSearchParams, call: number, request: IncomingMessage, response: ServerResponse): void {
    const [, what, id = ""] = path.split("/");
    const { seed, faults } = this.#options;
    if (what === "invoices") {
      const ref = query.get("ref") ?? "";
      return say(response, JSON.stringify({ items: this.invoices.has(ref) ? [{ id: `inv-${ref}` }] : [] }));
    }
    if (what === "jobs")
      return say(response, JSON.stringify({ status: chance(seed, call) < 0.5 ? "running" : "done" }));
    this.#load(
      id,
      between(5, 40, seed, "slow", call),
      chance(seed, "reset", call) < (faults?.reset ?? 0),
      request,
      response,
    );
  }

  /** An order is read when its load comes, and the answer goes out later: what changed in between has a notice of its own. */
  #load(id: string, afterMs: number, breaks: boolean, { socket }: IncomingMessage, response: ServerResponse): void {
    this.loads++;
    const version = this.orders.get(id) ?? 0;
    more(this.#loading, id);
    const underWay = [...this.#loading.values()];
    this.overlaps = Math.max(this.overlaps, this.#loading.get(id) ?? 0);
    this.loadsTogether = Math.max(this.loadsTogether, underWay.filter((count) => count > 0).length);
    response.once("close", () => this.#loading.set(id, (this.#loading.get(id) ?? 1) - 1));
    setTimeout(() => {
      if (breaks) socket.destroy();
      else say(response, JSON.stringify({ id, version }));
    }, afterMs);
  }
}

function more(counted: Map<string, number>, ref: string): void {
  counted.set(ref, (counted.get(ref) ?? 0) + 1);
}

function say(response: ServerResponse, answer: string): void {
  response.writeHead(200, { "content-type": "application/json" }).end(answer);
}
