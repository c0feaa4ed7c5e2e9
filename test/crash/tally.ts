import type { How } from "../../src/ledger/ledger.ts";
import { type Night, sum } from "./night.ts";
import { everywhere, type Where } from "./places.ts";

/** A kill counts only if it left at least so many effects without an answer: otherwise it proved nothing. */
export const unansweredMin = 10;

export interface Tally {
  readonly nights: number;
  readonly kills: number;
  /** Kills that left enough effects unanswered. */
  readonly counted: number;
  readonly byPlace: Readonly<Record<Where, number>>;
  readonly inDoubt: Readonly<Record<How, number>>;
  readonly broken: number;
}

export function tallied(nights: readonly Night[]): Tally {
  const byPlace = Object.fromEntries(everywhere.map((where) => [where, 0])) as Record<Where, number>;
  const inDoubt: Record<How, number> = { natural: 0, byKey: 0, byLookup: 0, atMostOnce: 0 };
  let kills = 0;
  let counted = 0;
  for (const kill of nights.flatMap((night) => night.kills)) {
    kills += 1;
    for (const how of Object.keys(inDoubt) as How[]) inDoubt[how] += kill.inDoubt[how];
    if (Math.max(sum(kill.inDoubt), kill.unanswered) < unansweredMin) continue;
    counted += 1;
    byPlace[kill.where] += 1;
  }
  const broken = nights.filter((night) => night.broken.length > 0).length;
  return { nights: nights.length, kills, counted, byPlace, inDoubt, broken };
}

export function isEnough(tally: Tally, killsMin: number, inDoubtMin: number): boolean {
  return (
    tally.counted >= killsMin &&
    Object.values(tally.byPlace).every((count) => count > 0) &&
    Object.values(tally.inDoubt).every((count) => count >= inDoubtMin)
  );
}

export function report(tally: Tally): string {
  const list = (counts: Readonly<Record<string, number>>): string =>
    Object.entries(counts)
      .map(([name, count]) => `${name} ${count}`)
      .join(", ");
  return [
    `${tally.nights} nights, ${tally.kills} kills, ${tally.counted} of them with at least ${unansweredMin} effects unanswered`,
    `  by place: ${list(tally.byPlace)}`,
    `  effects in doubt: ${list(tally.inDoubt)}`,
    `  nights with a broken promise: ${tally.broken}`,
  ].join("\n");
}
