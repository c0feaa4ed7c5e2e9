// Pages of a poll as a vendor's real server may answer them one day: with a row that no careful reader takes, among rows that are good.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { integration, poll, system } from "waybill";
import { z } from "zod";
import { assemble } from "../../src/assembly/assemble.ts";
import type { RecordRow, RecordWhole } from "../../src/ledger/ledger.ts";
import type { WaybillEvent } from "../../src/model/events.ts";

interface Polled {
  readonly records: readonly RecordRow[];
  readonly events: readonly WaybillEvent[];
  readonly cursor: string | undefined;
  readonly asked: number;
  /** The first of the records. */
  readonly whole: RecordWhole | undefined;
  /** What is there once the server answers this, and another run has ended. */
  again(answer: string): Promise<readonly RecordRow[]>;
}

const Page = z.object({ items: z.array(z.unknown()), next: z.number() });
let systems = 0;

/** Polls a server that answers this text until a run has ended, well or not. */
async function polled(t: TestContext, first: string): Promise<Polled> {
  let answer = first;
  let asked = 0;
  const server = createServer((_request, response) => {
    asked += 1;
    response.writeHead(200, { "content-type": "application/json" });
    response.end(answer);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  systems += 1;
  const { port } = server.address() as AddressInfo;
  const shop = system(`hostile-shop-${systems}`, { baseUrl: `http://127.0.0.1:${port}` });
  const orders = integration("orders", {
    source: poll<number>({
      every: "1h",
      async fetch({ call }) {
        const { items, next } = await call(shop.get("/orders", { expect: Page }));
        return { records: items, cursor: next };
      },
    }),
    contract: z.looseObject({ id: z.string() }),
    identify: ({ id }) => ({ id }),
    async deliver() {},
  });
  const events: WaybillEvent[] = [];
  const ended = Promise.withResolvers<void>();
  const assembly = await assemble({
    integrations: [orders],
    ledger: "sqlite::memory:",
    emit: (event) => {
      events.push(event);
      if (event.event === "source.done" || event.event === "source.failed") ended.resolve();
    },
  });
  t.after(() => assembly.stop({ graceMs: 0 }));
  await assembly.start();
  await ended.promise;
  const rows = async (): Promise<readonly RecordRow[]> => {
    await assembly.settled(undefined, 5_000);
    return (await assembly.ledger.find({ limit: 100, order: "oldest" })).rows;
  };
  const records = await rows();
  const [one] = records;
  return {
    records,
    events: [...events],
    cursor: await assembly.ledger.cursor("poll:orders"),
    asked,
    whole: one && (await assembly.ledger.record(one.record)),
    async again(later) {
      answer = later;
      await assembly.polls()?.sources[0]?.readOut(() => undefined);
      return rows();
    },
  };
}

const page = (...rows: readonly string[]): string => `{"items":[${rows.join(",")}],"next":7}`;
const good = (id: string): string => `{"id":"${id}","note":"${"fine ".repeat(60)}"}`;

/** What is wrong with a row, and what the quarantine says of it. */
const hostile: readonly (readonly [what: string, row: string, cause: string, why: RegExp])[] = [
  ["a number of 10,000 digits", `{"id":"B","amount":${"9".repeat(10_000)}}`, "contract-failed", /10000 characters/],
  ["a key __proto__", '{"id":"B","__proto__":{"admin":true}}', "contract", /"__proto__" stands in it/],
  ["an escaped key __proto__", '{"id":"B","\\u005f_proto__":{"admin":true}}', "contract", /"__proto__" stands in it/],
  ["a list in a list, 100 times", `{"id":"B","tree":${nested(100)}}`, "contract", /deeper than 64 levels/],
  ["a list in a list, 300 times", `{"id":"B","tree":${nested(300)}}`, "contract", /deeper than 64 levels/],
  [
    "a list in a list, 100,000 times",
    `{"id":"B","tree":${nested(100_000)}}`,
    "contract-failed",
    /deeper than 500 levels/,
  ],
];

for (const [what, row, cause, why] of hostile)
  test(`${what} puts its own row into the quarantine, and the others of its page are delivered`, async (t) => {
    const { records, cursor, asked } = await polled(t, page(good("A"), row, good("C")));
    assert.deepEqual(
      records.map((one) => one.id ?? one.state),
      ["A", "quarantined", "C"],
    );
    assert.deepEqual([records[0]?.state, records[2]?.state], ["delivered", "delivered"]);
    assert.equal(records[1]?.cause, cause);
    assert.match(records[1]?.reason ?? "", why);
    assert.deepEqual([cursor, asked], ["7", 1], "the page is over, and is not asked for again");
  });

test("a key that stands twice counts as it does for every reader of JSON: the last one", async (t) => {
  const { records, whole } = await polled(t, page('{"id":"B","total":"1.00","total":"100.00"}'));
  assert.deepEqual(
    records.map(({ state }) => state),
    ["delivered"],
  );
  assert.match(Buffer.from(whole?.raw ?? "").toString(), /"total":"100.00"/);
});

test("a page that is no JSON fails loudly and moves no cursor, and nothing of it is lost once the vendor is well", async (t) => {
  for (const broken of [page(good("A")).slice(0, -20), "<html>Bad day</html>", ""]) {
    const { records, events, cursor, asked, again } = await polled(t, broken);
    const failed = events.filter((event) => event.event === "source.failed");
    assert.match(failed[0]?.why ?? "", /GET \/orders of hostile-shop-\d+: status 200/);
    assert.deepEqual([records, cursor], [[], undefined], broken);
    assert.equal(asked, 4, "it may have been a bad moment");
    const later = await again(page(good("A"), good("C")));
    assert.deepEqual(
      later.map(({ id, state }) => [id, state]),
      [
        ["A", "delivered"],
        ["C", "delivered"],
      ],
    );
  }
});

function nested(depth: number): string {
  return `${"[".repeat(depth)}${"]".repeat(depth)}`;
}
