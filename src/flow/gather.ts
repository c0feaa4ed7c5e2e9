import type { RunWrite, SharedCall, StoredEffect } from "../ledger/ledger.ts";
import { decode } from "../model/codec.ts";
import type { Outcome } from "../model/outcome.ts";
import type { Deferred } from "../systems/port.ts";
import { tellIntended } from "./attempt.ts";
import type { Run, Workshop } from "./run.ts";
import {
  type Built,
  build,
  callAfter,
  callMadeBy,
  enterShared,
  intended,
  intentOf,
  isDeferred,
  type Member,
  sendShared,
} from "./shared-call.ts";
import { readItems } from "./shared-item.ts";
import { after, failedEntry, type Judged, notApplied } from "./shared-outcome.ts";

// Effects of several records, gathered into one call. An item waits a moment for others of its batch; a call that is full leaves at once. The call and
// the intents of all that it carries are one transaction, before it leaves; what its answer says of each is one transaction too, and then the call is
// not needed any more. Everything in between is a doubt of the whole call: its stored bytes are repeated under its key by whichever record comes first,
// the answer is kept, and each of the others reads its own part of it.
//
// One bad item spoils nobody: a call that cannot be built, or is refused for what it holds, is halved until the bad one stands alone.

/** A member, and who waits for it. */
interface Waiting extends Member {
  readonly end: (judged: Judged) => void;
  readonly fail: (error: unknown) => void;
}

interface Gathering {
  readonly members: Waiting[];
  cancelTimer: () => void;
  leave: () => void;
}

const ofShops = new WeakMap<Workshop, Gatherings>();

/** The gatherings of a process: one for all runs of its workshop. */
export function gatheringsOf(shop: Workshop): Gatherings {
  const known = ofShops.get(shop) ?? new Gatherings();
  ofShops.set(shop, known);
  return known;
}

class Gatherings {
  readonly #open = new Map<object, Map<string, Gathering>>();
  readonly #underWay = new Map<string, Promise<void>>();
  #hurried = false;

  /** From now on nothing waits for others: nobody comes any more. */
  hurry(): void {
    this.#hurried = true;
    for (const books of this.#open.values()) for (const gathering of [...books.values()]) gathering.leave();
  }

  /** Puts an item among those that leave next. Resolves with what came of it. */
  join(member: Member): Promise<Judged> {
    return new Promise((resolve, reject) => {
      const { signal } = member.run.handle;
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      this.#gather({ ...member, end: resolve, fail: reject });
    });
  }

  #gather(member: Waiting): void {
    const { batch } = member.change;
    const { integration, tenant } = member.run.claimed;
    const books = this.#open.get(batch) ?? new Map<string, Gathering>();
    this.#open.set(batch, books);
    const book = JSON.stringify([integration, tenant]);
    const gathering: Gathering = books.get(book) ?? {
      members: [],
      cancelTimer: () => undefined,
      leave: () => {
        gathering.cancelTimer();
        books.delete(book);
        void this.#leave(gathering.members);
      },
    };
    gathering.members.push(member);
    if (this.#hurried || gathering.members.length >= batch.most) return gathering.leave();
    if (gathering.members.length > 1) return;
    books.set(book, gathering);
    gathering.cancelTimer = member.run.shop.world.clock.after(batch.lingerMs, gathering.leave);
  }

  /** A call with this key that this process has on its way. */
  underWay(key: string): Promise<void> | undefined {
    return this.#underWay.get(key);
  }

  /** Repeats a call in doubt, once for all who wait for it; what came of it stands in the ledger then. */
  repeat(member: Member, call: SharedCall): Promise<void> {
    return this.underWay(call.key) ?? this.#on(call.key, repeat(member, call));
  }

  #on(key: string, work: Promise<void>): Promise<void> {
    const done = work.finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, done);
    done.catch(() => undefined);
    return done;
  }

  async #leave(all: readonly Waiting[]): Promise<void> {
    const members = all.filter(({ run }) => !run.handle.revoked);
    const [first] = members;
    if (first === undefined) return;
    let built: Built;
    try {
      built = build(members);
    } catch (error) {
      return members.length === 1 ? first.fail(error) : this.#halve(members);
    }
    let left: readonly Waiting[] = [];
    const work = this.#send(members, built).then((again) => {
      left = again;
    });
    await this.#on(built.key, work).catch((error: unknown) => {
      for (const member of members) member.fail(error);
    });
    if (left.length === members.length && left.length > 1) return this.#halve(left);
    return this.#leave(left);
  }

  async #halve(members: readonly Waiting[]): Promise<void> {
    const middle = Math.ceil(members.length / 2);
    await Promise.all([this.#leave(members.slice(0, middle)), this.#leave(members.slice(middle))]);
  }

  /** Sends one call and settles what it carries. Answers those that have to go in another one. */
  async #send(members: readonly Waiting[], built: Built): Promise<readonly Waiting[]> {
    const { shop } = (members[0] as Waiting).run;
    const signal = whenAllRevoked(members);
    const permit = await enterShared(shop, built.change, members[0] as Waiting, signal).catch((error: unknown) => {
      for (const { run, fail } of members) fail(putOff(run, error));
    });
    if (permit === undefined) return [];
    const call = intentOf(shop, built, members);
    const before = members.map(({ effect }) => effect);
    intended(members, built, shop.world.clock.now()).forEach((effect, at) => {
      (members[at] as Waiting).effect = effect;
    });
    try {
      const gone = await writeIntents(shop, built, call, members);
      if (gone.size > 0) {
        permit.unsent();
        members.forEach((member, at) => {
          member.effect = before[at] as StoredEffect;
        });
        return members.filter(({ run }) => !gone.has(run.claimed.record));
      }
    } catch (error) {
      permit.unsent();
      throw error;
    }
    const outcome = await sendShared(shop, built, members, permit, signal, { number: 1, afterDoubt: false });
    return settle(shop, built, call, members, outcome, permit.recalled);
  }
}

/** A wait inside Waybill puts the record off; everything else is as it is. */
function putOff(run: Run, error: unknown): unknown {
  if (!isDeferred(error)) return error;
  return run.halt({ kind: "deferred", untilMs: error.untilMs, why: error.message }, error.message);
}

/** Fires when nobody is left for whom a call is made. */
function whenAllRevoked(members: readonly Member[]): AbortSignal {
  const controller = new AbortController();
  const signals = new Set(members.map(({ run }) => run.handle.signal));
  let left = signals.size;
  for (const signal of signals)
    signal.addEventListener(
      "abort",
      () => {
        if (--left === 0) controller.abort(signal.reason);
      },
      { once: true },
    );
  return controller.signal;
}

/** Puts the call and all intents on disk. Answers the records that are not in this worker's hands any more; nothing is written then. */
async function writeIntents(
  shop: Workshop,
  { change }: Built,
  call: SharedCall,
  members: readonly Member[],
): Promise<ReadonlySet<string>> {
  if (change.idempotency.how === "natural") return new Set();
  const runs = [...byRun(members)].map(([run, own]) => ({
    run,
    write: run.writer.take({ intents: own.map(({ effect }) => ({ entity: undefined, mode: "again", effect })) }),
  }));
  const writes = runs.map(({ write }) => write);
  const { revoked } = await shop.ledger.writeShared({ call, runs: writes, of: "all", settled: false });
  if (revoked.length > 0) {
    for (const { run, write } of runs) {
      if (revoked.includes(run.claimed.record)) run.handle.revoke("the record is not in this worker's hands");
      else run.writer.giveBack(write);
    }
    return new Set(revoked);
  }
  for (const { run, effect } of members) {
    run.keep(effect);
    tellIntended(run, change.system.name, effect);
  }
  return new Set();
}

/** Writes down what came of a call, for each record by itself. Answers those that go in another call. `recalled`: a stop was told before it left. */
async function settle(
  shop: Workshop,
  { change }: Built,
  call: SharedCall,
  members: readonly Waiting[],
  outcome: Outcome,
  recalled: Deferred | undefined,
): Promise<readonly Waiting[]> {
  const answered = isOpen(outcome) ? callAfter(call, outcome) : voided(call, outcome);
  const halves = members.length > 1 && isForWhatItHolds(outcome);
  const judged = halves
    ? members.map(({ effect }): Judged => ({ effect: notApplied(effect, outcome), outcome }))
    : judge(members, answered, outcome);
  const living = members.flatMap((member, at) =>
    member.run.handle.revoked ? [] : [{ member, judged: judged[at] as Judged }],
  );
  if (change.idempotency.how === "natural") {
    if (recalled === undefined) for (const { member, judged: one } of living) noteNatural(member, one);
  } else {
    const writes = [...byRun(living.map(({ member, judged: one }) => ({ run: member.run, judged: one })))].map(
      ([run, own]): RunWrite =>
        run.writer.take({
          effects: own.map(({ judged: { effect } }) => ({ entity: undefined, effect, name: effect.name })),
          timeline:
            halves || recalled !== undefined ? [] : own.flatMap(({ judged: one }) => failedEntry(run, one) ?? []),
        }),
    );
    const settled = answered.state !== "doubt" && living.length === members.length;
    await shop.ledger.writeShared({ call: answered, runs: writes, of: "each", settled });
  }
  for (const { member, judged: one } of living) {
    if (change.idempotency.how !== "natural") member.run.keep(one.effect);
    if (recalled !== undefined) member.fail(putOff(member.run, recalled));
    else if (halves) member.effect = one.effect;
    else member.end(one);
  }
  return halves ? living.map(({ member }) => member) : [];
}

/** It was answered whole, or may have been applied. */
function isOpen(outcome: Outcome): boolean {
  return outcome.name === "done" || outcome.name === "in-doubt" || outcome.name === "pending";
}

/** A call that certainly was not applied is never repeated: what it carried may be in another one by now. */
function voided(call: SharedCall, outcome: Outcome): SharedCall {
  return { ...call, state: "void", why: outcome.name === "done" ? undefined : outcome.why };
}

/** What a call came to, for each that it carried. */
function judge(members: readonly Member[], answered: SharedCall, outcome: Outcome): readonly Judged[] {
  if (outcome.name !== "done") return members.map(({ run, effect }) => after(run, effect, { outcome }));
  if (answered.result === undefined)
    return members.map(({ run, effect }) => after(run, effect, { outcome, call: answered }));
  const [first] = members as readonly [Member];
  const items = readItems(
    first.change.batch,
    decode(answered.result),
    members.map(({ change }) => change.item),
  );
  return members.map(({ run, effect }, at) => after(run, effect, { outcome, call: answered, item: items[at] }));
}

/** Refused for what it holds: without the bad item, the others may be taken. */
function isForWhatItHolds(outcome: Outcome): boolean {
  if (outcome.name !== "failed-permanent") return false;
  const { answer } = outcome;
  return answer === undefined || [400, 409, 413, 422].includes(answer.status);
}

function noteNatural({ run }: Member, judged: Judged): void {
  const { effect } = judged;
  const isKept = effect.state === "done" || effect.state === "refused" || effect.state === "unexpected";
  const entry = failedEntry(run, judged);
  if (isKept) run.remember(effect, entry);
  else if (entry !== undefined) run.writer.note(undefined, entry);
}

function byRun<T extends { readonly run: Run }>(members: readonly T[]): Map<Run, T[]> {
  return Map.groupBy(members, ({ run }) => run);
}

/** Sends the stored bytes of a call once more. A later refusal says nothing of the first send: only a whole answer ends the doubt. */
async function repeat(member: Member, call: SharedCall): Promise<void> {
  const { run } = member;
  const { shop } = run;
  const change = callMadeBy(member.change, [member.change.item]);
  const built: Built = { change, key: call.key, request: JSON.parse(call.request) };
  const { signal } = run.handle;
  const permit = await enterShared(shop, change, member, signal);
  const sending: SharedCall = { ...call, lastSentMs: shop.world.clock.now() + shop.systems.requestMsMax(change) };
  try {
    await shop.ledger.writeShared({ call: sending, runs: [], of: "each", settled: false });
  } catch (error) {
    permit.unsent();
    throw error;
  }
  const outcome = await sendShared(shop, built, [member], permit, signal, { number: 2, afterDoubt: true });
  if (permit.recalled !== undefined) throw permit.recalled;
  await shop.ledger.writeShared({ call: callAfter(sending, outcome), runs: [], of: "each", settled: false });
}
