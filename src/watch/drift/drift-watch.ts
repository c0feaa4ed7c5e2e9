import { type Change, changes, type DriftKind, type Spread } from "./judge.ts";
import {
  addTo,
  copyOf,
  countParents,
  halve,
  mergePlace,
  type Names,
  namesOf,
  type Place,
  type Profile,
} from "./profile.ts";

// The shape of what one source brings, as it is learnt and watched.
//
// Payloads are gathered in blocks of 16. A block is compared with what is usual, and so are the last two together, in which smaller changes show: what
// changed in every payload is found after 16 to 31 of them, what changed in some after at most 47. Then the block becomes part of what is usual, save at
// the places that changed: there the old shape stands as long as the change lasts. A change that is gone for two blocks is over; one that has lasted for
// seven days is the new usual, and so is one that somebody has changed the contract for.

export interface Drift extends Omit<Change, "now"> {
  /** As the last payloads show it. */
  now: string;
  readonly sinceMs: number;
  lastMs: number;
  /** Payloads in the blocks that showed it. */
  payloads: number;
  /** Records that show it: at most three. */
  readonly records: string[];
  /** Blocks in a row that did not show it. */
  without: number;
  /** Somebody changed the contract since it was told: it is usual with the next block, and nobody is told of it any more. */
  readonly meant?: true;
}

/** As it is kept in the ledger. */
export interface DriftState {
  readonly payloads: number;
  readonly usual: readonly (readonly [string, Place])[];
  readonly spreads: readonly (readonly [string, Spread])[];
  readonly drifts: readonly Drift[];
}

const blockSize = 16;
const learnMin = 64;
const halveAt = 4_096;
const overAfterBlocks = 2;
/** A change that lasts so long is usual. */
export const acceptedAfterMs: number = 7 * 86_400_000;
const driftsMax = 50;

export class DriftWatch {
  #payloads = 0;
  #weight = 0;
  readonly #usual: Profile;
  readonly #spreads: Map<string, Spread>;
  readonly #drifts: Map<string, Drift>;
  #block: Profile = new Map();
  #before: Profile | undefined;
  #names: Names | undefined;
  #records: string[] = [];
  #changedSince = false;

  /** Goes on from what was kept. @param isMeant whether the changes that were found until now are what is wanted. */
  constructor(state?: DriftState, isMeant = false) {
    this.#payloads = state?.payloads ?? 0;
    this.#weight = Math.min(this.#payloads, halveAt / 2);
    this.#usual = new Map(state?.usual.map(([path, place]) => [path, copyOf(place)]));
    this.#spreads = new Map(state?.spreads.map(([path, spread]) => [path, { ...spread }]));
    const meant = isMeant ? { meant: true as const } : {};
    this.#drifts = new Map(
      state?.drifts.map((drift) => [keyOf(drift), { ...drift, records: [...drift.records], ...meant }]),
    );
    this.#changedSince = isMeant;
  }

  /** What has changed and lasts. */
  get drifts(): readonly Drift[] {
    return [...this.#drifts.values()].filter(({ meant }) => meant !== true);
  }

  /** Payloads that it was learnt from, and places that are known. */
  get learnt(): { readonly payloads: number; readonly places: number; readonly warm: boolean } {
    return { payloads: this.#payloads, places: this.#usual.size, warm: this.#payloads >= learnMin };
  }

  /** Whether there is something to keep since the last `state()`. */
  get changed(): boolean {
    return this.#changedSince;
  }

  state(): DriftState {
    this.#changedSince = false;
    return {
      payloads: this.#payloads,
      usual: [...this.#usual],
      spreads: [...this.#spreads],
      drifts: [...this.#drifts.values()],
    };
  }

  /** Takes one payload in. Some 10 µs for a small one, a fraction of a millisecond for the largest. */
  add(record: string, payload: unknown, nowMs: number): void {
    this.#names ??= namesOf(this.#usual);
    addTo(this.#block, payload, { names: this.#names, usual: this.#usual });
    this.#records.push(record);
    if (this.#records.length >= blockSize) this.#close(nowMs);
  }

  #close(nowMs: number): void {
    const block = this.#block;
    countParents(block, this.#usual, this.#records.length);
    if (this.#payloads >= learnMin) this.#judge(block, nowMs);
    this.#learn(block);
    // Of two blocks together only what is missing or null is read: which values came takes the most room.
    for (const place of block.values()) place.values = undefined;
    this.#before = block;
    this.#block = new Map();
    this.#names = undefined;
    this.#records = [];
    this.#changedSince = true;
  }

  #judge(block: Profile, nowMs: number): void {
    const found = new Map(changes(this.#usual, block, this.#spreads).map((change) => [keyOf(change), change]));
    if (this.#before !== undefined) {
      for (const change of changes(this.#usual, together(this.#before, block), this.#spreads))
        if (!found.has(keyOf(change)) && lasting.has(change.kind)) found.set(keyOf(change), change);
    }
    for (const [key, change] of found) this.#note(key, change, nowMs);
    for (const [key, drift] of this.#drifts) {
      if (!found.has(key)) drift.without++;
      if (drift.without >= overAfterBlocks) this.#drifts.delete(key);
      else if (drift.meant === true || nowMs - drift.sinceMs >= acceptedAfterMs) this.#accept(key, drift, block);
    }
  }

  #note(key: string, change: Change, nowMs: number): void {
    const known = this.#drifts.get(key);
    if (known === undefined) {
      if (this.#drifts.size >= driftsMax) return;
      const records = this.#records.slice(-3).reverse();
      this.#drifts.set(key, {
        ...change,
        sinceMs: nowMs,
        lastMs: nowMs,
        payloads: this.#records.length,
        records,
        without: 0,
      });
      return;
    }
    known.without = 0;
    known.now = change.now;
    known.lastMs = nowMs;
    known.payloads += this.#records.length;
  }

  #accept(key: string, { path }: Drift, block: Profile): void {
    this.#drifts.delete(key);
    this.#spreads.delete(path);
    const now = block.get(path);
    if (now === undefined || now.present === 0) this.#usual.delete(path);
    else this.#usual.set(path, copyOf(now));
  }

  #learn(block: Profile): void {
    const changed = new Set([...this.#drifts.values()].map(({ path }) => path));
    for (const [path, place] of block) {
      if (changed.has(path)) continue;
      mergePlace(this.#usual, path, place);
    }
    // One block later: what is on its way out must not be taken for how much it varies.
    for (const [path, place] of this.#before ?? [])
      if (!changed.has(path) && this.#usual.has(path)) widen(this.#spreads, path, place);
    this.#payloads += this.#records.length;
    this.#weight += this.#records.length;
    if (this.#weight < halveAt) return;
    this.#weight /= 2;
    halve(this.#usual);
    for (const path of this.#spreads.keys()) if (!this.#usual.has(path)) this.#spreads.delete(path);
  }
}

/** Changes that show in two blocks where one is too few to tell. */
const lasting: ReadonlySet<DriftKind> = new Set(["missing", "nulls"]);

function keyOf({ kind, path }: Change): string {
  return `${kind} ${path}`;
}

function together(before: Profile, block: Profile): Profile {
  const both: Profile = new Map([...before].map(([path, place]) => [path, copyOf(place)]));
  for (const [path, place] of block) {
    if (both.has(path)) mergePlace(both, path, place);
    else both.set(path, place);
  }
  return both;
}

function widen(spreads: Map<string, Spread>, path: string, place: Place): void {
  if (place.of < blockSize / 2) return;
  const spread = spreads.get(path) ?? {
    presentLow: 1,
    nullsHigh: 0,
    lengthLow: Number.MAX_VALUE,
    lengthHigh: 0,
    sizeLow: Number.MAX_VALUE,
    sizeHigh: 0,
  };
  const seen = Object.values(place.kinds).reduce((sum, count) => sum + count, 0);
  spread.presentLow = Math.min(spread.presentLow, place.present / place.of);
  if (seen > 0) spread.nullsHigh = Math.max(spread.nullsHigh, (place.kinds.null ?? 0) / seen);
  for (const which of ["length", "size"] as const) {
    const { n, sum } = place[which];
    if (n === 0) continue;
    spread[`${which}Low`] = Math.min(spread[`${which}Low`], sum / n);
    spread[`${which}High`] = Math.max(spread[`${which}High`], sum / n);
  }
  spreads.set(path, spread);
}
