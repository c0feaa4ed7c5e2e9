// How several workers share one ledger.
//
// Every key belongs to a lane, its hash modulo 256, and every lane to one worker at a time. A worker begins only records of its own lanes, so a key is
// never in two hands, and what an integration sends stays in order. There is no election, and nobody is in charge: each worker looks once a second at the
// same rows and decides by itself, and a row lock decides between two that want the same.
//
//   Who lives.      Each worker has a row, and a counter beside it that it raises every second. A worker counts as dead when its counter has not moved
//                   for `deadAfterMs` on the clock of another worker that looked all the while: a clock that only measures, so that no two clocks are
//                   ever compared. Whoever sees it first declares it dead, in its row.
//   The fence.      Whatever a worker writes about a run is one transaction that locks the worker's own row `for share` and finds it alive. Declaring
//                   it dead locks the same row `for update`. So the declaration waits for what is being written, and whatever comes later finds the
//                   worker dead and writes nothing. To ask "is it alive" inside the statement would not do: both could pass each other.
//   Who may still   A worker that cannot reach the ledger is not told that it was declared dead. So it stops by itself: it lets nothing out once its
//   send.           last raise of the counter is older than `leaseMs`, which is shorter than `deadAfterMs`, asked again in the tick that writes to the
//                   socket. What it wrote to a socket just before may arrive later, by as much as the longest request takes. So whoever takes over its
//                   lanes begins new records at once, and those that were found in its hands only after that time.
//   Who is certain  A worker that left by itself has nothing under way; neither has a process that its own machine knows to be gone. What was in their
//   to be gone.     hands is due at once. A lane keeps in mind that it was a dead one's until that time is over, however many own it meanwhile.
//   A fair share.   `ceil(lanes / workers)`. Who has fewer takes lanes that are free; who has more lets go of some, each in the moment in which
//                   nothing of it is in hand. A lane moves only so, or from one that is dead: never between two that live.
//   Leaving.        A worker that is to stop says so first. It takes no lane and begins no record any more, and its lanes go as they fall idle.
//
// That one was declared dead stands in its row, with what it had in hand: who leaves by itself is not missed, who was declared dead is (watch/rules/worker.ts).
//
// A worker that was declared dead and lives joins again under a new number, as a new one. The old number never comes back, and with it goes everything
// that was in hand under it.
//
// What only one of a fleet does (reading sources, asking the rules, answering guests) is given out the same way: whoever owns the first lane is steward.

/** In how many parts the keys are owned. */
export const laneCount = 256;

/** How often each worker raises its counter and looks at the others. */
export const beatMs = 1_000;
/** Without a movement for so long, a worker is declared dead. */
export const deadAfterMs = 8_000;
/** So long after its last beat a worker lets nothing out any more. */
export const leaseMs = 5_000;

/** The lane of a key: its hash is spread evenly, so its last bits are. */
export function laneOf(keyHash: number): number {
  return keyHash % laneCount;
}

/** Lanes as a statement asks for them, each by its place: looking one up costs the same for one lane as for all, and says nothing about the order. */
export const flagsOf = (lanes: ReadonlySet<number>): readonly boolean[] =>
  Array.from({ length: laneCount }, (_, lane) => lanes.has(lane));

/** Whose lane this is does what only one of a fleet does. It is the last that anybody lets go of. */
export const stewardLane = 0;

/** How the lanes are owned, as somebody sees it who looks. */
export interface Seen {
  readonly me: number;
  /** Workers that take lanes: those who live and are not leaving. */
  readonly workers: readonly number[];
  /** By lane: whose it is, if it is anybody's. */
  readonly owners: readonly (number | undefined)[];
  /** Owners that are dead or have left: what they own is free. */
  readonly gone: ReadonlySet<number>;
}

export interface Plan {
  /** Lanes to take now. */
  readonly take: readonly number[];
  /** Lanes to let go of, as they fall idle. */
  readonly leave: readonly number[];
}

/** What a worker does about its share. Two that plan alike are kept apart by the lanes' rows. */
export function planOf({ me, workers, owners, gone }: Seen): Plan {
  const at = workers.indexOf(me);
  const mine = owners.flatMap((owner, lane) => (owner === me ? [lane] : []));
  if (at === -1) return { take: [], leave: mine };
  const share = Math.ceil(laneCount / workers.length);
  if (mine.length >= share) return { take: [], leave: mine.slice(share) };
  const free = owners.flatMap((owner, lane) => (owner === undefined || gone.has(owner) ? [lane] : []));
  // Each begins elsewhere, so that those who come at once seldom want the same.
  const from = Math.floor((free.length * at) / workers.length);
  return { take: [...free.slice(from), ...free.slice(0, from)].slice(0, share - mine.length), leave: [] };
}

/** Somebody's counter. */
export interface Beat {
  readonly worker: number;
  readonly beat: number;
}

/** Sees who has stopped: on a clock of its own, and only for as long as it has looked. */
export class Observer {
  readonly #seen = new Map<number, { readonly beat: number; readonly sinceMs: number }>();
  #lookedMs = Number.NEGATIVE_INFINITY;

  /**
   * @param nowMs on the clock that only measures.
   * @returns those whose counter has not moved for too long.
   */
  look(beats: readonly Beat[], nowMs: number): readonly Beat[] {
    // Whoever did not look for a while may have slept, or the ledger was gone for everybody: nobody could be seen to move.
    const blind = nowMs - this.#lookedMs > 3 * beatMs;
    this.#lookedMs = nowMs;
    const stopped: Beat[] = [];
    for (const one of beats) {
      const before = this.#seen.get(one.worker);
      if (blind || before === undefined || before.beat !== one.beat)
        this.#seen.set(one.worker, { beat: one.beat, sinceMs: nowMs });
      else if (nowMs - before.sinceMs >= deadAfterMs) stopped.push(one);
    }
    const there = new Set(beats.map(({ worker }) => worker));
    for (const worker of this.#seen.keys()) if (!there.has(worker)) this.#seen.delete(worker);
    return stopped;
  }
}

/** Until when a worker may let something out. */
export class Lease {
  #monotonicMs = Number.NEGATIVE_INFINITY;
  #wallMs = Number.NEGATIVE_INFINITY;

  /** @param at when the beat was sent that has now been answered. */
  renew(at: { readonly monotonicMs: number; readonly wallMs: number }): void {
    this.#monotonicMs = at.monotonicMs + leaseMs;
    this.#wallMs = at.wallMs + leaseMs;
  }

  /** How much is left, in milliseconds; by the shorter of two clocks, since one of them stands still while a machine is suspended. */
  leftMs(now: { readonly monotonicMs: number; readonly wallMs: number }): number {
    return Math.min(this.#monotonicMs - now.monotonicMs, this.#wallMs - now.wallMs);
  }
}
