import type { Ledger, Pause } from "../ledger/ledger.ts";
import { said } from "../model/errors.ts";
import { pausedReason } from "../model/paused.ts";
import type { Exhaustible, ReadProgress } from "../sources/exhaust.ts";
import { type Clock, sleep } from "../world/clock.ts";

// One integration, from its sources to the last record that can be settled: what `waybill run` does, in a process of its own or on the owner that runs.

/** How one source was read. */
export interface SourceRead {
  readonly source: string;
  readonly records: number;
  readonly at: string;
  readonly share?: number;
  readonly done: boolean;
  /** Why it could not be read to its end, or what a person has to look at before it can. */
  readonly problems: readonly string[];
}

export interface RunOutProgress {
  readonly sources: readonly SourceRead[];
  /** Records that are waiting or delivering. */
  readonly unsettled: number;
  /** Why the rest waits, and for a person: nothing more will happen by itself. */
  readonly paused: readonly string[];
}

export interface RunOutParts {
  readonly name: string;
  /** Only this one's sources and records. */
  readonly tenant?: string | undefined;
  readonly sources: readonly Exhaustible[];
  readonly ledger: Pick<Ledger, "unsettled" | "balance" | "bulletin" | "find">;
  readonly clock: Clock;
  readonly isStopping: () => boolean;
}

const lookEveryMs = 100;
const triesMax = 3;
const triesPauseMs = 2_000;
/** Whatever is due within this time is not what a pause holds up. */
const soonMs = 30_000;

/** Reads the sources of an integration until there is no more, and waits until each of its records is settled or waits for a person. */
export async function runOut(
  parts: RunOutParts,
  onProgress: (progress: RunOutProgress) => void,
): Promise<RunOutProgress> {
  const { name, tenant: of, clock, isStopping } = parts;
  const mine = parts.sources.filter(
    ({ integrations, tenant }) =>
      integrations.includes(name) && (of === undefined || tenant === undefined || tenant === of),
  );
  const reads = mine.map((source) => ({ source, read: unread(source) }));
  let reading = reads.length;
  for (const one of reads) {
    void readOut(one, clock, isStopping).finally(() => {
      reading -= 1;
    });
  }
  for (;;) {
    const unsettled = await unsettledOf(parts);
    const paused = unsettled === 0 ? [] : await pausedFor(parts);
    const progress = { sources: reads.map(({ read }) => read), unsettled, paused };
    onProgress(progress);
    if (isStopping() || (reading === 0 && (unsettled === 0 || paused.length > 0))) {
      // What came with the last page is counted after it.
      const left = await unsettledOf(parts);
      if (isStopping() || left === 0 || paused.length > 0) return { ...progress, unsettled: left };
    }
    await sleep(clock, lookEveryMs);
  }
}

/** Records that are waiting or delivering. */
export async function unsettledOf({
  name,
  tenant,
  ledger,
}: Pick<RunOutParts, "name" | "tenant" | "ledger">): Promise<number> {
  if (tenant === undefined) return ledger.unsettled(name);
  const books = (await ledger.balance(name)).filter((book) => book.tenant === tenant);
  return books.reduce((sum, { waiting, delivering }) => sum + waiting + delivering, 0);
}

interface Reading {
  readonly source: Exhaustible;
  read: SourceRead;
}

const unread = ({ name }: Exhaustible): SourceRead => ({ source: name, records: 0, at: "", done: false, problems: [] });

/** A source that fails is tried a few times: what it brought is durable, and it goes on where it was. */
async function readOut(reading: Reading, clock: Clock, isStopping: () => boolean): Promise<void> {
  const { source } = reading;
  let before = 0;
  const onProgress = ({ records, at, share }: ReadProgress): void => {
    reading.read = { ...reading.read, records: before + records, at, ...(share === undefined ? {} : { share }) };
  };
  for (let tries = 1; ; tries++) {
    try {
      const problems = await source.readOut(onProgress);
      reading.read = { ...reading.read, done: true, problems };
      return;
    } catch (error) {
      before = reading.read.records;
      reading.read = { ...reading.read, problems: [said(error)] };
      if (tries === triesMax || isStopping()) return;
      await sleep(clock, triesPauseMs * tries);
    }
  }
}

/** What is paused, where all that is left waits for that. */
async function pausedFor({ name, tenant: of, ledger, clock }: RunOutParts): Promise<readonly string[]> {
  const { pauses } = await ledger.bulletin();
  if (pauses.length === 0) return [];
  if (pauses.some((pause) => pause.kind === "integration" && pause.name === name)) return [name];
  const { rows } = await ledger.find({
    integration: name,
    tenant: of,
    states: ["waiting", "delivering"],
    limit: 1_000,
  });
  const soon = clock.now() + soonMs;
  const paused = new Set(pauses.filter(({ kind }) => kind === "tenant").map((pause) => pause.name));
  const others = rows.filter(({ tenant }) => !paused.has(tenant));
  if (others.some(({ state, nextAtMs }) => state === "delivering" || (nextAtMs !== undefined && nextAtMs <= soon)))
    return [];
  return pauses
    .filter((pause) => rows.some(({ reason, tenant }) => isHeldBy(pause, reason, tenant)))
    .map(({ name: paused }) => paused);
}

/** Whether this is what a record waits for. A tenant's records wait without having been begun, or for its account somewhere. */
function isHeldBy({ kind, name }: Pause, reason: string | undefined, tenant: string): boolean {
  if (kind === "tenant") return tenant === name;
  return kind === "system" && (reason === pausedReason(name) || reason === pausedReason(`${name}@${tenant}`));
}
