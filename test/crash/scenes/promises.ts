import type { Destination } from "./destination.ts";
import type { SceneName } from "./integrations.ts";
import { type End, recordsOf, refused } from "./night.ts";

// What a user was promised, held against what the destination counted.

/** Every promise that was not kept, in words; empty when all were. */
export function brokenPromises(scene: SceneName, end: End, destination: Destination): readonly string[] {
  const books = end.balanced ? [] : [`the books do not balance: ${JSON.stringify(end.book)}`];
  return [...books, ...judges[scene](end, destination)];
}

const judges: Readonly<Record<SceneName, (end: End, destination: Destination) => readonly string[]>> = {
  "batch-by-key": invoiced,
  "batch-by-lookup": invoiced,
  load: loaded,
  jobs: (end, { jobs }) => [...each(jobs, names(recordsOf.jobs), "job"), ...came(end, { delivered: recordsOf.jobs })],
  undo(end, { things, credits }) {
    const made = names(recordsOf.undo).flatMap((one) => [`${one}-invoice`, `${one}-shipment`]);
    return [
      ...each(things, made, "thing"),
      ...each(credits, made, "credit"),
      ...came(end, { discarded: recordsOf.undo }),
    ];
  },
};

function invoiced(end: End, { invoices }: Destination): readonly string[] {
  const good = names(recordsOf["batch-by-key"]).filter((one) => !refused.has(one));
  const named = [...refused].filter((ref) => !end.reasons.some((one) => one.includes(`${ref} has no customer`)));
  return [
    ...each(invoices, good, "invoice"),
    ...came(end, { delivered: good.length, dead: refused.size }),
    ...named.map((ref) => `${ref} was refused, and its record does not say why`),
  ];
}

function loaded(end: End, { orders, copies, overlaps }: Destination): readonly string[] {
  const lost = [...orders].flatMap(([id, version]) =>
    copies.get(id)?.at(-1) === version ? [] : [`lost: ${id} is at ${version}, and copied were ${copies.get(id)}`],
  );
  const wrong = [...copies].flatMap(([id, versions]) =>
    versions.every((version, at) => version > (versions[at - 1] ?? 0))
      ? []
      : [`${id} was copied twice or backwards: ${versions}`],
  );
  const together = overlaps > 1 ? [`${overlaps} loads of one order at a time`] : [];
  const received = end.book?.received ?? 0;
  const few = received < recordsOf.load ? [`${received} notices are in the books`] : [];
  const { waiting = 0, delivering = 0, dead = 0, held = 0, quarantined = 0 } = end.book ?? {};
  const open = waiting + delivering + dead + held + quarantined;
  return [
    ...lost,
    ...wrong,
    ...together,
    ...few,
    ...(open === 0 ? [] : [`not all came to an end: ${JSON.stringify(end.book)}`]),
  ];
}

const names = (count: number): readonly string[] => Array.from({ length: count }, (_, at) => `O-${at}`);

/** Each of these once, and nothing else. */
function each(counted: ReadonlyMap<string, number>, wanted: readonly string[], what: string): readonly string[] {
  const others = [...counted.keys()].filter((ref) => !wanted.includes(ref));
  return [
    ...wanted.flatMap((ref) => (counted.get(ref) === 1 ? [] : [`${counted.get(ref) ?? 0} of ${what} ${ref}`])),
    ...others.map((ref) => `${what} ${ref} was made, and should not have been`),
  ];
}

function came({ book, reasons }: End, wanted: Readonly<Record<string, number>>): readonly string[] {
  const found = (book ?? {}) as Readonly<Record<string, unknown>>;
  return Object.entries(wanted).flatMap(([state, count]) =>
    found[state] === count ? [] : [`${found[state]} ${state} instead of ${count}: ${reasons.slice(0, 3).join("; ")}`],
  );
}
