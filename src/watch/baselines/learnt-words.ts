import type { Definition } from "../../define/definition.ts";
import type { Learnt } from "../../ledger/ledger.ts";
import { DriftWatch } from "../drift/drift-watch.ts";
import { keptState } from "../drift/shapes.ts";
import { feedOf } from "./kept.ts";
import { weekdayNames } from "./local-hour.ts";
import { usualWeek } from "./usual.ts";

/**
 * What is learnt of an integration so far, in words for people: of its records, and of what each source brings. As it was kept last: some minutes old.
 *
 * @example learntWords(definition, await ledger.learnt("orders")) // [["records", "23 days are known: …"]]
 */
export function learntWords(
  { name, volumeWatched, drift }: Definition,
  learnt: readonly Learnt[],
): readonly (readonly [string, string])[] {
  const feeds = learnt.filter(({ kind }) => kind === "volume").slice(0, shownMax);
  const shapes = learnt.filter(({ kind }) => kind === "shape");
  const records = feeds.map(({ tenant, state }) => {
    const whom = tenant === "" ? "new records" : `new records of ${tenant}`;
    return [whom, weekWords(state)] as const;
  });
  const payloads = shapes.map(({ source }) => [`payloads of ${source}`, shapeWords(name, source, learnt)] as const);
  return [
    ...(volumeWatched ? records : [["new records", "not watched: volume is false"] as const]),
    ...(drift === false ? [["payloads", "not watched: drift is false"] as const] : payloads),
  ];
}

const shownMax = 10;

function weekWords(state: string): string {
  const kept = feedOf(state);
  if (kept === undefined) return "nothing is learnt yet";
  const week = usualWeek(kept.feed.days.all());
  const days = `${week.daysKnown} ${week.daysKnown === 1 ? "day is" : "days are"} known`;
  if (!week.warm) return `${days}: silence is judged once each weekday has been seen twice`;
  const usual = week.totals.map((totals, day) => `${weekdayNames[day]} ${Math.round(totals[totals.length >> 1] ?? 0)}`);
  return `${days}; usually ${usual.join(", ")}`;
}

function shapeWords(integration: string, source: string, learnt: readonly Learnt[]): string {
  const { payloads, places, warm } = new DriftWatch(keptState(learnt, integration, source)).learnt;
  const known = `${places} places are known, of ${payloads} records`;
  return warm ? known : `${known}: changes are told from 64 on`;
}
