import { WaybillError } from "../../model/errors.ts";
import { type Prepare, value } from "./cells.ts";

// A ledger that was moved to another store stays as it was, with a mark. From the moment of the mark on nobody writes here, or what they wrote would be
// lost. The mark comes in two steps, around the commit of the other store: `moved_to` before it, and `copied_at` after it. With both, the file is a copy
// of the ledger like a backup, and is put in place as one.

export interface MovedMark {
  /** Where to, without a password. */
  readonly to: string;
  /** Undefined while nobody knows whether the other store has it. */
  readonly atMs: number | undefined;
}

export function readingMoved(prepare: Prepare): () => MovedMark | undefined {
  const select = prepare("select moved_to, copied_at from ledger");
  return () => {
    const [to, atMs] = select.get() ?? [];
    return typeof to === "string" ? { to, atMs: value<number>(atMs) } : undefined;
  };
}

/** @throws {WaybillError} `ledger-moved`, always. */
export function refuseMoved(address: string, { to, atMs }: MovedMark): never {
  if (atMs === undefined) {
    throw new WaybillError(
      "ledger-moved",
      `A move of the ledger ${address} to ${to} was broken off at its last step: it may be there already.`,
      `Say the same again, it looks: npx waybill move ${address} ADDRESS`,
    );
  }
  throw new WaybillError(
    "ledger-moved",
    `The ledger ${address} was moved to ${to}, ${new Date(atMs).toISOString()}. What was taken and sent since then is there, and not here.`,
    `Name it in waybill.config.ts: ledger: process.env.DATABASE_URL. To go back on purpose: npx waybill restore ${fileOf(address)} --ledger ${address} --why …`,
  );
}

const fileOf = (address: string): string => address.replace(/^sqlite:(\/\/)?/, "");
