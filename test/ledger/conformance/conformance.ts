// What every store of the ledger must do, in sentences. A store passes when a user cannot tell it from another one.
import { describe, test } from "node:test";
import type { Ledger } from "../../../src/ledger/ledger.ts";
import { alerts } from "./alerts.ts";
import { Desk } from "./arrange.ts";
import { budgets } from "./budgets.ts";
import { callLog } from "./call-log.ts";
import { effects } from "./effects.ts";
import { entities } from "./entities.ts";
import { forget } from "./forget.ts";
import { history } from "./history.ts";
import { identity } from "./identity.ts";
import { inboxes } from "./inboxes.ts";
import { learnt } from "./learnt.ts";
import { inTheLongRun } from "./long-run.ts";
import { notices } from "./notices.ts";
import { order } from "./order.ts";
import { persons } from "./persons.ts";
import { reading } from "./reading.ts";
import { retention } from "./retention.ts";
import { search } from "./search.ts";
import { shared } from "./shared.ts";
import { shares } from "./shares.ts";
import { tokens } from "./tokens.ts";
import { traces } from "./traces.ts";
import { uniques } from "./uniques.ts";
import { versions } from "./versions.ts";

/** One sentence, on an empty ledger of its own. */
export type Say = (sentence: string, check: (desk: Desk) => Promise<void>) => void;

/**
 * Runs the suite on a store.
 *
 * @param open opens a new, empty ledger as its owner.
 */
export function conformance(name: string, open: () => Promise<Ledger>): void {
  describe(`the ledger on ${name}`, () => {
    const say: Say = (sentence, check) => {
      test(sentence, async () => {
        const ledger = await open();
        try {
          await check(new Desk(ledger));
        } finally {
          await ledger.close();
        }
      });
    };
    for (const chapter of [
      identity,
      order,
      effects,
      shared,
      versions,
      entities,
      persons,
      inboxes,
      reading,
      search,
      retention,
      notices,
      shares,
      tokens,
      traces,
      uniques,
      callLog,
      forget,
      budgets,
      alerts,
      learnt,
      history,
      inTheLongRun,
    ])
      chapter(say);
  });
}
