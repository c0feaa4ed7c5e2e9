// Counts of one thing in one hour, as the ledger keeps them: names with numbers. All are added up, save those that begin with `max:`, of which the most
// counts. `took:31` is how many calls took 31 ms.

export type Tally = Map<string, number>;

const most = "max:";

export function add(tally: Tally, name: string, by = 1): void {
  const before = tally.get(name) ?? 0;
  tally.set(name, name.startsWith(most) ? Math.max(before, by) : before + by);
}

/** Adds what one has to the other. */
export function addAll(tally: Tally, other: Iterable<readonly [string, number]>): Tally {
  for (const [name, by] of other) add(tally, name, by);
  return tally;
}

export const tallyText = (tally: Tally): string => JSON.stringify(Object.fromEntries(tally));

/** What cannot be read counts for nothing. */
export function tallyOf(text: string): Tally {
  try {
    const numbers = Object.entries(JSON.parse(text) as Record<string, unknown>);
    return new Map(numbers.filter((one): one is [string, number] => typeof one[1] === "number"));
  } catch {
    return new Map();
  }
}
