import { type AnySchema, integration, push } from "waybill";
import type { Definition } from "../../../src/define/definition.ts";
import { type RecordMaker, recordMaker } from "../../../src/rehearse/data/record-maker.ts";
import { seededRandom } from "../../../src/world/random.ts";

/** A definition around a contract. Its records are named by their whole content, unless `identify` says otherwise. */
export function definitionOf(
  contract: AnySchema,
  more: {
    identify?: (record: never) => { id: string };
    latestOnly?: boolean;
    accept?: (record: never) => boolean;
  } = {},
): Definition {
  const declared = {
    source: push(),
    contract,
    identify: (record: unknown) => ({ id: text(record) }),
    async deliver() {},
  };
  return integration("made", { ...declared, ...more } as never).definition;
}

export function makerOf(contract: AnySchema, samples?: readonly unknown[]): Promise<RecordMaker> {
  return recordMaker(definitionOf(contract), samples);
}

/** A hash is short enough for an id. */
function text(record: unknown): string {
  const content =
    JSON.stringify(record, (_, part: unknown) => (typeof part === "bigint" ? String(part) : part)) ?? "nothing";
  return `${content.length}:${content.slice(0, 100).toWellFormed().replaceAll("\0", "")}`;
}

/** So many good records of one night. */
export function goods(maker: RecordMaker, count: number, seed = 7): unknown[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => maker.good(random));
}

/** How many of them meet a contract. */
export async function meeting(contract: AnySchema, records: readonly unknown[]): Promise<number> {
  const results = await Promise.all(records.map((record) => contract["~standard"].validate(structuredClone(record))));
  return results.filter(({ issues }) => issues === undefined).length;
}
