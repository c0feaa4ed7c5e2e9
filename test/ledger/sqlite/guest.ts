// A process of its own, driven by its parent: opens a ledger in a role and does what it is told, one message at a time.
import { setTimeout as wait } from "node:timers/promises";
import type { Ledger } from "../../../src/ledger/ledger.ts";
import { openSqlite } from "../../../src/ledger/sqlite/open.ts";
import type { WaybillError } from "../../../src/model/errors.ts";
import { arrivalOf, Desk } from "../conformance/arrange.ts";

export type Told =
  | { readonly do: "open"; readonly address: string; readonly role: "owner" | "guest" }
  | { readonly do: "take"; readonly ids: readonly string[] }
  | { readonly do: "claim" }
  | { readonly do: "discard"; readonly record: string }
  | { readonly do: "flood" };

export type Said =
  | { readonly ok: unknown }
  | { readonly code: string; readonly message: string; readonly hint: string }
  | { readonly acknowledged: readonly string[] };

const say = (said: Said): void => {
  process.send?.(said);
};

let ledger: Ledger;

/** Takes records as fast as it can, 64 at a time, and says which were acknowledged, until somebody kills it. */
async function flood(desk: Desk): Promise<void> {
  for (let at = 0; ; at += 64) {
    const ids = Array.from({ length: 64 }, (_, index) => `F-${at + index}`);
    const taking = ids.map((id) =>
      ledger.intake({ arrivals: [arrivalOf([{ id }], desk.nowMs)], cursor: undefined, claimUpTo: 2 }).then((result) => {
        say({ acknowledged: [id] });
        for (const claimed of result.kind === "taken" ? result.claimed : []) {
          void desk.intend(claimed, "invoice").then(() => desk.settle(claimed, "delivered"));
        }
      }),
    );
    await Promise.all(taking);
    await wait(0);
  }
}

process.on("message", async (told: Told) => {
  try {
    if (told.do === "open") {
      ledger = await openSqlite({ address: told.address, role: told.role, mustExist: false });
      return say({ ok: ledger.facts });
    }
    const desk = new Desk(ledger);
    if (told.do === "take") say({ ok: await desk.take(told.ids.map((id) => ({ id }))) });
    else if (told.do === "claim") say({ ok: (await desk.claim()).map(({ record }) => record) });
    else if (told.do === "discard") say({ ok: await desk.move(told.record, "discarded") });
    else await flood(desk);
  } catch (error) {
    const { code, message, hint = "" } = error as WaybillError;
    say({ code, message, hint });
  }
});
