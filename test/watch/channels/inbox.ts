// Where channels end: a real socket, which counts and answers as it is told.
import { createServer, type IncomingHttpHeaders } from "node:http";
import { text } from "node:stream/consumers";
import type { TestContext } from "node:test";

export interface Got {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Record<string, unknown>;
}

export class Inbox {
  readonly got: Got[] = [];
  url = "";
  /** What the next requests to a path are answered; 200 after that. */
  readonly will = new Map<string, number[]>();
  /** Paths whose requests get no answer at all. */
  readonly silent = new Set<string>();
  #woken: (() => void)[] = [];

  static async open(t: TestContext): Promise<Inbox> {
    const inbox = new Inbox();
    const server = createServer(async (request, response) => {
      const { url: path = "", headers } = request;
      const raw = await text(request);
      const status = inbox.will.get(path)?.shift() ?? 200;
      inbox.got.push({ path, headers, body: raw === "" ? {} : JSON.parse(raw) });
      if (!inbox.silent.has(path)) response.writeHead(status).end(status === 404 ? "no_service" : "ok");
      for (const wake of inbox.#woken.splice(0)) wake();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    inbox.url = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
    t.after(() => {
      server.closeAllConnections();
      server.close();
    });
    return inbox;
  }

  at(path: string): Got[] {
    return this.got.filter((one) => one.path === path);
  }

  async until(done: () => boolean): Promise<void> {
    while (!done()) await new Promise<void>((resolve) => this.#woken.push(resolve));
  }
}
