// examples/prices-import.ts as it is written, from the file in its inbox to the shop: a real server, real sockets, a file as a spreadsheet exports it.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { assemble } from "../../src/assembly/assemble.ts";
import { createWorld } from "../../src/world/world.ts";
import { windows1252 } from "../sources/file/reading.ts";

interface Price {
  readonly sku: string;
  readonly minor: number;
  readonly from: string;
}

test("a supplier's spreadsheet reaches the shop price by price, and what is damaged waits with its line", async () => {
  const prices: Price[] = [];
  let answers = 0;
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? "/", "http://shop");
    const body = await text(request);
    const [sku, from] = [url.searchParams.get("sku"), url.searchParams.get("from")];
    const found = prices
      .filter((price) => price.sku === sku && price.from === from)
      .map((price) => ({ id: price.sku }));
    if (request.method === "POST") prices.push(JSON.parse(body));
    // Every third answer to a price gets lost: it has to be looked up before it is sent again.
    if (request.method === "POST" && ++answers % 3 === 0) return void response.destroy();
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ items: found }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  process.env.SHOP_URL = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  const folder = mkdtempSync(join(tmpdir(), "waybill-prices-"));
  mkdirSync(join(folder, "inbox"));
  const { default: example } = await import("../../examples/prices-import.ts");
  const world = createWorld();
  const said: string[] = [];
  const waybill = await assemble({
    integrations: [example],
    ledger: "sqlite::memory:",
    folder,
    world,
    emit: (event) => {
      if (event.event === "file.started") said.push(event.reading);
    },
  });
  try {
    await waybill.start();
    const rows = [
      "sku;price;from;note",
      "A-1;1234.56;01/03/2026;Café – best",
      "A-2;9.90;01/03/2026;",
      'A-3;5.00;02/03/2026;"two\r\nlines; ""quoted"""',
      "A-4;1.234,56;01/03/2026;wrong decimal sign",
      "A-5;5.00;30/02/2026;no such day",
      "A-6;5.00",
      "A-1;1234.57;01/03/2026;the same day, another price",
      " A-7 ;7.00;03/03/2026;€ 7",
      "",
    ];
    writeFileSync(join(folder, "inbox/tonight.csv"), windows1252(rows.join("\r\n")));
    let book = (await waybill.ledger.balance("prices-import"))[0];
    for (let tries = 0; tries < 400 && (book?.received ?? 0) < 8; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      [book] = await waybill.ledger.balance("prices-import");
    }
    await waybill.settled("prices-import", 60_000);
    [book] = await waybill.ledger.balance("prices-import");
    assert.deepEqual([book?.received, book?.delivered, book?.quarantined], [8, 4, 4]);
    assert.deepEqual(said, ['CSV, semicolon, quotes ", windows-1252']);
    assert.deepEqual(
      prices.map(({ sku, minor, from }) => `${sku} ${minor} ${from}`).sort(),
      ["A-1 123456 2026-03-01", "A-2 990 2026-03-01", "A-3 500 2026-03-02", "A-7 700 2026-03-03"],
      "each price once, although answers were lost",
    );
    const { rows: stopped } = await waybill.ledger.find({ states: ["quarantined"], limit: 10 });
    const causes = await Promise.all(
      stopped.map(async ({ record, cause }) => [(await waybill.ledger.record(record))?.origin?.line, cause]),
    );
    assert.deepEqual(causes.reverse(), [
      [6, "contract"],
      [7, "contract"],
      [8, "contract"],
      [9, "conflict"],
    ]);
  } finally {
    await waybill.stop();
    await world.close();
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
