// A destination, in a process of its own, that lives on whatever becomes of the ledger. It takes orders in four ways, loses answers now and then, and
// counts what it has really applied. `node lived-on.ts SEED`: says its port as a message, and takes "down" and "up".
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { seededRandom } from "../../src/world/random.ts";

const random = seededRandom(Number(process.argv[2] ?? 1));
/** By way and order, how often it was applied. */
const applied: Record<string, Record<string, number>> = { keyed: {}, looked: {}, once: {}, natural: {} };
const answers = new Map<string, string>();
/** What the shop has to offer, as its poll sees it. */
let feed = 0;
let down = false;
let lost = 0;

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  let body = "";
  for await (const chunk of request) body += chunk;
  return body;
};

async function take(way: string, id: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const key = request.headers["idempotency-key"];
  const known = way === "keyed" ? answers.get(String(key)) : undefined;
  const answer = known ?? JSON.stringify({ ref: `${way}-${id}` });
  if (known === undefined) {
    const counts = applied[way] as Record<string, number>;
    counts[id] = (counts[id] ?? 0) + 1;
    if (way === "keyed") answers.set(String(key), answer);
  }
  if (random.next() < 0.1) {
    lost += 1;
    request.socket.destroy();
    return;
  }
  response.setHeader("content-type", "application/json").end(answer);
}

const server = createServer(async (request, response) => {
  const url = new URL(request.url ?? "/", "http://destination");
  const [, first = "", second = ""] = url.pathname.split("/");
  if (first === "feed") {
    const after = Number(url.searchParams.get("after") ?? 0);
    const ids = Array.from({ length: Math.min(10, Math.max(0, feed - after)) }, (_, at) => ({
      id: `A-${after + at + 1}`,
    }));
    response.setHeader("content-type", "application/json").end(JSON.stringify(ids));
    return;
  }
  const body = await bodyOf(request);
  if (down) response.writeHead(503, { "retry-after": "1" }).end();
  else if (request.method === "GET") {
    const there = (applied[first]?.[second] ?? 0) > 0;
    response
      .setHeader("content-type", "application/json")
      .end(JSON.stringify(there ? [{ ref: `${first}-${second}` }] : []));
  } else await take(first, second === "" ? (JSON.parse(body) as { id: string }).id : second, request, response);
});

process.on("message", (message: { feed?: number; down?: boolean }) => {
  feed = message.feed ?? feed;
  down = message.down ?? down;
  process.send?.({ applied, lost });
});
process.on("disconnect", () => process.exit());
server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as { port: number }).port }));
