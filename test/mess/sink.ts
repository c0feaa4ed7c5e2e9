// A Waybill that takes anything, and a destination beside it that keeps what it was sent, byte for byte. What went in is held against what came out.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import type { TestContext } from "node:test";
import { createWaybill, integration, natural, type Source, system, type Waybill } from "waybill";
import { z } from "zod";

export interface Sink {
  readonly waybill: Waybill<readonly ReturnType<typeof integration>[]>;
  /** What the destination was sent for each record, as the text of its JSON. */
  readonly sent: ReadonlyMap<string, string>;
}

/** Starts both; `contract` and `value` say what is checked and what is sent on, everything by default. */
export async function openSink(
  t: TestContext,
  source: Source,
  options: { readonly contract?: z.ZodType; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Sink> {
  const sent = new Map<string, string>();
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const end = body.indexOf(",");
    const record = JSON.parse(body.slice('{"record":'.length, end)) as string;
    assert.ok(!sent.has(record), `${record} was sent twice`);
    sent.set(record, body.slice(end + ',"value":'.length, -1));
    response.writeHead(201, { "content-type": "application/json" }).end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const out = system("sink", { baseUrl: `http://127.0.0.1:${port}` });
  let count = 0;
  const anything = integration("anything", {
    source,
    contract: options.contract ?? z.unknown(),
    identify: () => ({ id: `n-${++count}` }),
    async deliver(value, { effect, record }) {
      await effect("take", out.post("/taken", { json: { record, value }, idempotency: natural }));
    },
  });
  Object.assign(process.env, options.env);
  const waybill = await createWaybill({ ledger: "sqlite::memory:", integrations: [anything] });
  t.after(async () => {
    await waybill.stop();
    server.closeAllConnections();
    server.close();
  });
  await waybill.start();
  return { waybill, sent };
}

/** One line of the table: in = delivered + quarantined + refused, and nothing else. */
export interface Line {
  readonly corpus: string;
  readonly came: number;
  readonly delivered: number;
  readonly quarantined: number;
  readonly refused: number;
}

export function said(t: TestContext, line: Line): void {
  assert.equal(line.came, line.delivered + line.quarantined + line.refused, `${line.corpus}: something is missing`);
  t.diagnostic(
    `${line.corpus.padEnd(34)} in ${String(line.came).padStart(6)} = delivered ${String(line.delivered).padStart(6)} + quarantined ${String(line.quarantined).padStart(5)} + refused ${String(line.refused).padStart(4)}`,
  );
}

/**
 * JSON as it means: numbers by their exact decimal value, however they are spelt; everything else as `JSON.parse` reads it. Written for these tests
 * alone, so that Waybill's own reader is not asked whether Waybill read well.
 */
export function meaning(json: string): unknown {
  return JSON.parse(json, (_key, value: unknown, context?: { source?: string }) =>
    typeof value === "number" ? `number ${decimal(context?.source ?? String(value))}` : value,
  );
}

function decimal(source: string): string {
  const [, sign, whole = "0", fraction = "", exponent = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(source) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, "");
  const trimmed = digits.replace(/0+$/, "");
  if (trimmed === "") return "0";
  return `${sign}${trimmed}e${BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - trimmed.length)}`;
}
