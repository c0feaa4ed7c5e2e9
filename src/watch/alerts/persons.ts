import type { AlertDeed, AlertRow, Ledger } from "../../ledger/ledger.ts";
import { WaybillError } from "../../model/errors.ts";
import type { Clock } from "../../world/clock.ts";

// What a person does with an alert, by compare-and-set: with who and why, in the journal.

export interface Deed {
  readonly what: AlertDeed;
  readonly actor: string;
  readonly why: string | undefined;
  /** Of a mute. */
  readonly untilMs?: number;
}

export interface AlertPersons {
  /**
   * Acknowledges, mutes or unmutes an alert.
   *
   * @throws {WaybillError} `unknown-alert`, or `refused-move` when it is over, or is nothing that can be unmuted.
   */
  act(id: string, deed: Deed): Promise<AlertRow>;
}

const triesMax = 5;

export function alertPersons(ledger: Pick<Ledger, "alerts" | "putAlerts">, clock: Pick<Clock, "now">): AlertPersons {
  return {
    async act(id, deed) {
      for (let tries = 0; tries < triesMax; tries++) {
        const row = await alertOf(ledger, id);
        const alert = after(row, deed);
        const { what, actor, why } = deed;
        const put = { alert, expected: row.revision, entry: { what, actor, why }, atMs: clock.now() };
        const [written] = await ledger.putAlerts([put]);
        if (written === true) return { ...alert, revision: row.revision + 1 };
      }
      throw new WaybillError("refused-move", `The alert ${id} changes again and again.`, "Try once more.");
    },
  };
}

/** @throws {WaybillError} `unknown-alert`. */
export async function alertOf(ledger: Pick<Ledger, "alerts">, id: string): Promise<AlertRow> {
  const [row] = await ledger.alerts({ id });
  if (row !== undefined) return row;
  throw new WaybillError(
    "unknown-alert",
    `There is no alert "${id.slice(0, 100)}".`,
    "npx waybill alerts ls --all names them.",
  );
}

function after(row: AlertRow, { what, actor, why, untilMs }: Deed): AlertRow {
  if (row.state === "resolved") throw refused(row, "is over: there is nothing to do about it");
  const news = row.news === "resolved" ? row.news : undefined;
  if (what === "acknowledged") return { ...row, state: what, actor, why, mutedUntilMs: undefined, news };
  if (what === "muted") return { ...row, state: what, actor, why, mutedUntilMs: untilMs, news };
  if (row.state === "firing") throw refused(row, "is neither muted nor acknowledged");
  return { ...row, state: "firing", actor: undefined, why: undefined, mutedUntilMs: undefined };
}

function refused({ id }: AlertRow, why: string): WaybillError {
  return new WaybillError("refused-move", `The alert ${id} ${why}.`, `npx waybill alerts show ${id} says how it is.`);
}

/** Of a mute that does not say how long. */
export const muteMsDefault: number = 8 * 3_600_000;
