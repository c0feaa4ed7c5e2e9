// The destination: invoices, charges and mails behind HTTP, in a process of its own. It misbehaves by seed, and it counts what it really applied, by
// what each request is about and whatever keys it carries: that count is what Waybill's books are held against.
//
// As a parent's child it tells its port, and answers "count" with what it counted.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { between } from "./chance.ts";
import { type Faults, faultFor } from "./faults.ts";

/** How often each kind of thing was applied, by what it is about. */
export interface Count {
  /** By order. */
  invoices: Record<string, number>;
  /** By order. */
  charges: Record<string, number>;
  /** By order. */
  receipts: Record<string, number>;
  /** By order, edit and line. */
  lines: Record<string, number>;
  /** By order: what the invoice says now. */
  details: Record<string, string>;
  /** All requests that came. */
  requests: number;
  /** Of those, how often each fault was played. */
  faults: Record<string, number>;
}

export interface DestinationOptions {
  readonly seed: number;
  readonly faults: { readonly books: Faults; readonly mail: Faults };
  /** An ordinary answer takes from … to milliseconds. */
  readonly answerMs: readonly [number, number];
}

interface Applied {
  readonly status: number;
  readonly body: unknown;
}

/** The business behind the interface: what is there, and how often it was made. */
export class Books {
  readonly count: Count = { invoices: {}, charges: {}, receipts: {}, lines: {}, details: {}, requests: 0, faults: {} };
  /** Answers by idempotency key: the same key again gets the same answer. */
  readonly #byKey = new Map<string, Applied>();
  readonly #lockedOnce = new Set<string>();
  readonly #invoices = new Map<string, { id: string; ref: string; total: string }>();
  readonly #charges = new Map<string, { id: string; invoice: string }>();

  apply(method: string, url: URL, body: Record<string, string>, key: string | undefined): Applied {
    const route = `${method} ${url.pathname.replace(/\/inv_[^/]+/, "/ID")}`;
    switch (route) {
      case "POST /invoices": {
        const known = key === undefined ? undefined : this.#byKey.get(key);
        if (known !== undefined) return known;
        const ref = body.ref ?? "";
        add(this.count.invoices, ref);
        const invoice = { id: `inv_${ref}`, ref, total: body.total ?? "" };
        this.#invoices.set(invoice.id, invoice);
        const applied = { status: 201, body: invoice };
        if (key !== undefined) this.#byKey.set(key, applied);
        return applied;
      }
      case "GET /invoices": {
        const items = [...this.#named(this.#invoices, `inv_${url.searchParams.get("ref")}`)];
        return { status: 200, body: { items } };
      }
      case "PUT /invoices/ID/details": {
        const invoice = this.#invoices.get(url.pathname.split("/")[2] ?? "");
        if (invoice === undefined) return { status: 404, body: { error: "there is no such invoice" } };
        this.count.details[invoice.ref] = `${body.customer} ${body.total}`;
        return { status: 200, body: { ok: true } };
      }
      case "POST /charges": {
        const invoice = body.invoice ?? "";
        add(this.count.charges, invoice.replace(/^inv_/, ""));
        const charge = { id: `ch_${invoice}`, invoice };
        this.#charges.set(charge.id, charge);
        return { status: 201, body: charge };
      }
      case "GET /charges": {
        const items = [...this.#named(this.#charges, `ch_${url.searchParams.get("invoice")}`)];
        return { status: 200, body: { items } };
      }
      case "POST /lines": {
        const known = key === undefined ? undefined : this.#byKey.get(key);
        if (known !== undefined) return known;
        const lines = (body.lines ?? "").split(",").map((line) => this.#reserve(`${body.ref}/${line}`, line));
        const applied = { status: 200, body: { lines } };
        if (key !== undefined) this.#byKey.set(key, applied);
        return applied;
      }
      case "POST /send":
        add(this.count.receipts, body.ref ?? "");
        return { status: 202, body: { queued: true } };
      default:
        return { status: 404, body: { error: `there is no ${route}` } };
    }
  }

  /** A line is locked when it is first asked for, every second one of them: it is not applied. */
  #reserve(about: string, line: string): { line: string; id?: string } {
    const isLocked = !this.#lockedOnce.has(about) && between(0, 1, 1, "locked", about) === 0;
    this.#lockedOnce.add(about);
    if (isLocked) return { line };
    add(this.count.lines, about);
    return { line, id: `line_${about}` };
  }

  *#named<T>(all: ReadonlyMap<string, T>, id: string): Iterable<T> {
    const found = all.get(id);
    if (found !== undefined) yield found;
  }
}

function add(counts: Record<string, number>, ref: string): void {
  counts[ref] = (counts[ref] ?? 0) + 1;
}

/** Answers that the destination broke off itself. */
export const brokenOff = new WeakSet<ServerResponse>();

export interface Destination {
  readonly url: string;
  readonly books: Books;
  close(): Promise<void>;
}

/** Opens the destination on a free port of this machine. */
export async function openDestination(
  options: DestinationOptions,
  onRequest?: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Destination> {
  const books = new Books();
  const seen = new Map<string, number>();
  const server = createServer((request, response) => {
    onRequest?.(request, response);
    // Whoever asked may be gone in the middle of it.
    answer(request, response).catch(() => request.socket.destroy());
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "GET", url: target = "/" } = request;
    books.count.requests++;
    const raw = await text(request);
    const url = new URL(target, "http://destination");
    const subject = `${method} ${target} ${raw}`;
    const nth = (seen.get(subject) ?? 0) + 1;
    seen.set(subject, nth);
    const fault = faultFor(
      url.pathname === "/send" ? options.faults.mail : options.faults.books,
      options.seed,
      subject,
      nth,
    );
    if (fault !== "fine") add(books.count.faults, fault);
    const [fromMs, toMs] = options.answerMs;
    await pause(between(fromMs, toMs, options.seed, "answer", subject, nth));
    const apply = (): Applied =>
      books.apply(
        method,
        url,
        raw === "" ? {} : JSON.parse(raw),
        request.headers["idempotency-key"] as string | undefined,
      );

    switch (fault) {
      case "reset-before":
        return breakOff(request, response);
      case "limited":
        return send(response, { status: 429, body: { error: "too many requests" } }, { "retry-after": "1" });
      case "unavailable":
        return send(response, { status: 503, body: { error: "down for a moment" } }, { "retry-after": "1" });
      case "reset-after":
        apply();
        return breakOff(request, response);
      case "error-after":
        apply();
        return send(response, { status: 500, body: { error: "something went wrong" } });
      case "lost-answer":
        // It is never answered: the sender gives up waiting.
        apply();
        return;
      case "truncated": {
        const whole = JSON.stringify(apply().body);
        response.writeHead(201, { "content-type": "application/json", "content-length": whole.length });
        response.write(whole.slice(0, whole.length >> 1));
        setTimeout(breakOff, 5, request, response);
        return;
      }
      case "slow":
        await pause(between(200, 500, options.seed, "slow", subject, nth));
        return send(response, apply());
      case "fine":
        return send(response, apply());
    }
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    books,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function breakOff(request: IncomingMessage, response: ServerResponse): void {
  brokenOff.add(response);
  request.socket.destroy();
}

function send(response: ServerResponse, { status, body }: Applied, headers: Record<string, string> = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

if (import.meta.main) {
  const options = JSON.parse(process.argv[2] ?? "{}") as DestinationOptions;
  const destination = await openDestination(options);
  process.send?.({ url: destination.url });
  process.on("message", () => process.send?.(destination.books.count));
  process.on("disconnect", () => process.exit(0));
}
