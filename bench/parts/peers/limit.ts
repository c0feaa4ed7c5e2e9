import { Client } from "pg";
import { inDatabase } from "../../database.ts";
import { inFlight, orderText } from "../../order.ts";
import { posting } from "../../post.ts";

// What anything that keeps results durably in PostgreSQL could reach at most: each answer is one row, written in batches while the next requests are
// already under way. It knows no record, no order, no intent and no repetition.

const rowsMax = 256;

export async function postgresLimit(count: number, destination: string): Promise<Record<string, number>> {
  return inDatabase(async (url) => {
    const client = new Client(url);
    await client.connect();
    await client.query("create table result (id text primary key, body text)");
    const orders = Array.from({ length: count }, (_, at) => orderText(at));
    const { post, close } = posting(destination);
    const results = groupCommit(client);
    const from = performance.now();
    let at = 0;
    const worker = async (): Promise<void> => {
      while (at < orders.length) {
        const mine = at++;
        const answer = await post(orders[mine] as string, `key-${mine}`);
        results.keep(`A-${mine}`, JSON.stringify(answer));
      }
    };
    await Promise.all(Array.from({ length: inFlight }, worker));
    await results.written();
    const seconds = (performance.now() - from) / 1_000;
    await close();
    await client.end();
    return { perSecond: count / seconds };
  });
}

/** Rows wait while the batch before them is committed, and then go together. */
function groupCommit(client: Client): { keep(id: string, body: string): void; written(): Promise<void> } {
  const insert = {
    name: "insert",
    text: "insert into result (id, body) select * from unnest($1::text[], $2::text[])",
  };
  let ids: string[] = [];
  let bodies: string[] = [];
  let writing: Promise<void> | undefined;
  async function write(): Promise<void> {
    while (ids.length > 0) {
      const values = [ids.slice(0, rowsMax), bodies.slice(0, rowsMax)];
      ids = ids.slice(rowsMax);
      bodies = bodies.slice(rowsMax);
      await client.query({ ...insert, values });
    }
    writing = undefined;
  }
  return {
    keep(id, body) {
      ids.push(id);
      bodies.push(body);
      writing ??= write();
    },
    written: () => writing ?? Promise.resolve(),
  };
}
