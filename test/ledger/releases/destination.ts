import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

// The other systems of the scene. They honour keys, can be asked what they have, and remember across releases what was applied and under which key. While
// they are in trouble they do what the path says; afterwards everything goes well.

export interface Applied {
  /** What was asked for, such as `/wires/cut`. */
  readonly path: string;
  /** For whom. */
  readonly ref: string;
  /** The idempotency key; null where none came. */
  readonly key: string | null;
  readonly id: string;
}

export interface Destination {
  readonly url: string;
  readonly applied: readonly Applied[];
  /** Every request that changes something, applied before or not. */
  readonly asked: readonly Applied[];
  /** From where the feed was read on. */
  readonly after: readonly string[];
  /** Begins anew, with what was applied before. */
  forget(known: readonly Applied[]): void;
  close(): void;
}

export async function destination(trouble: boolean): Promise<Destination> {
  const applied: Applied[] = [];
  const asked: Applied[] = [];
  const after: string[] = [];

  function answer(response: ServerResponse, status: number, body: object): void {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  }

  function read(url: URL, response: ServerResponse): void {
    if (url.pathname === "/books/feed") {
      const from = Number(url.searchParams.get("after"));
      after.push(String(from));
      const records = [1, 2].map((step) => ({ id: `F-${from + step}` }));
      answer(response, 200, { records, next: String(from + records.length) });
    } else answer(response, 200, { found: applied.filter(({ ref }) => ref === url.searchParams.get("ref")) });
  }

  function change(path: string, request: IncomingMessage, body: string, response: ServerResponse): void {
    const does = path.split("/")[2];
    const key = (request.headers["idempotency-key"] as string | undefined) ?? null;
    const ref = (JSON.parse(body) as { ref: string }).ref;
    if (trouble && does === "refuse") return answer(response, 422, { error: "it is not wanted" });
    if (trouble && does === "unavailable") return answer(response, 503, { error: "down" });
    const known = key === null ? undefined : applied.find((one) => one.key === key);
    const mine = known ?? { path, ref, key, id: `made-${applied.length + 1}` };
    asked.push(mine);
    if (known === undefined) applied.push(mine);
    if (trouble && does === "cut") response.destroy();
    else if (!trouble || does !== "hang") answer(response, 200, mine);
  }

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () =>
      request.method === "GET" ? read(url, response) : change(url.pathname, request, body, response),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    applied,
    asked,
    after,
    forget(known) {
      applied.splice(0, applied.length, ...known);
      asked.length = 0;
      after.length = 0;
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
