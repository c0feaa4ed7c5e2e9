import { type Batch, checkBatch } from "../define/batch.ts";
import type { Delivery } from "../define/definition.ts";
import type { ByLookup } from "../define/idempotency.ts";
import type { AnyChange, AskedChange, HttpChange } from "../define/request.ts";
import { keyOf } from "../flow/generation.ts";
import { isGathered } from "../flow/member.ts";
import { callMadeBy } from "../flow/shared-call.ts";
import { decode, encode } from "../model/codec.ts";
import { WaybillError } from "../model/errors.ts";
import { declared } from "../model/options.ts";
import type { Outcome } from "../model/outcome.ts";
import type { Random } from "../world/random.ts";
import { foundOf, type Looked, lookupFailed } from "./lookup.ts";
import { probe } from "./probe.ts";
import type { Check } from "./report.ts";
import type { Sandbox } from "./sandbox.ts";
import { standInFor } from "./stand-in.ts";

// What `deliver` works with while it is proved. Its effects at the system that is tried are sent and probed, one after the other, and the code gets the answer
// of the first; what it asks of other systems, whose addresses nobody has called a sandbox, is answered by samples.

export interface ProvingParts {
  readonly sandbox: Sandbox;
  readonly random: Random;
  readonly tenant: unknown;
  readonly integration: string;
  readonly isNew: boolean;
  readonly patienceMs: number;
  readonly note: (check: Check) => void;
  readonly onEffect: (name: string, request: string) => void;
}

const sizeDefault = 100;

export class ProvingDelivery implements Delivery {
  readonly tenant: unknown;
  readonly signal: AbortSignal;
  readonly record: string;
  readonly run = 1;
  readonly notSent: string[] = [];
  /** When something was last asked for or answered, on the monotonic clock. */
  activeMs: number;
  #busy = 0;
  #closed = false;
  /** Effects wait for the one before, so that what a lookup sees is due to one of them. */
  #turn: Promise<unknown> = Promise.resolve();
  /** What a lookup asked for that is not sent. */
  #elsewhere: string | undefined;
  readonly #parts: ProvingParts;
  readonly #ended = new AbortController();
  readonly #nowMs: number;
  readonly #uuids = new Map<string, string>();

  constructor(parts: ProvingParts) {
    this.#parts = parts;
    this.tenant = parts.tenant;
    this.signal = this.#ended.signal;
    this.record = parts.random.uuid();
    this.#nowMs = parts.sandbox.clock.now();
    this.activeMs = parts.sandbox.clock.monotonic();
  }

  get busy(): boolean {
    return this.#busy > 0;
  }

  /** Takes no more effects; resolves when those that were asked for are over. */
  async end(): Promise<void> {
    this.#closed = true;
    await this.#turn;
    this.#ended.abort();
  }

  readonly effect = (name: string, asked: unknown): Promise<never> =>
    this.#inTurn(async () => {
      if (!isGathered(asked))
        return (await this.#made(name, asked as AnyChange, lookupIn(asked as AnyChange))) as never;
      const change = callMadeBy(asked, [asked.item]);
      const answer = await this.#made(name, change, asked.lookup);
      return partOf(name, asked.batch.each(answer, asked.item, 0)) as never;
    });

  readonly effects = <Item, Answer, Part>(
    name: string,
    items: readonly Item[],
    batch: Batch<Item, Answer, Part>,
  ): Promise<never[]> =>
    this.#inTurn(async () => {
      checkBatch(declared(`effects "${name}"`, "effect-misused"), batch);
      const parts: unknown[] = [];
      const size = batch.size ?? sizeDefault;
      for (let at = 0; at < items.length; at += size) {
        const carried = items.slice(at, at + size);
        const change = batch.change(carried) as unknown as AnyChange;
        const answer = (await this.#made(`${name}#${at / size + 1}`, change, lookupIn(change))) as Answer;
        for (const [place, item] of carried.entries()) parts.push(partOf(name, batch.part(answer, item, place)));
      }
      return parts as never[];
    });

  readonly call = async (read: unknown): Promise<never> => {
    if (this.signal.aborted) throw runEnded();
    const change = read as HttpChange;
    const { sandbox, random } = this.#parts;
    if (!sandbox.isOf(change)) {
      this.#elsewhere = targetText(change);
      this.#leaveOut("call", change);
      return (await standInFor(change, "answer", random)) as never;
    }
    return this.#during(async () => answerOf(targetText(change), await sandbox.read(change)) as never);
  };

  readonly now = (): number => this.#nowMs;

  readonly uuid = (name: string): string => {
    const known = this.#uuids.get(name) ?? this.#parts.random.uuid();
    this.#uuids.set(name, known);
    return known;
  };

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#closed ? Promise.reject(runEnded()) : this.#turn.then(() => this.#during(work));
    // Whoever does not await it leaves no rejection behind.
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  async #during<T>(work: () => Promise<T>): Promise<T> {
    this.#busy += 1;
    try {
      return await work();
    } finally {
      this.#busy -= 1;
      this.activeMs = this.#parts.sandbox.clock.monotonic();
    }
  }

  async #made(name: string, change: AnyChange, lookup: ByLookup<unknown> | undefined): Promise<unknown> {
    const { sandbox, random, integration, isNew, patienceMs, note, onEffect } = this.#parts;
    const of = { integration, effect: name, request: targetText(change) };
    if (change.how !== "http" || !sandbox.isOf(change)) {
      this.#leaveOut(`effect "${name}"`, change);
      if (sandbox.isOf(change))
        note({
          ...of,
          declared: change.idempotency.how,
          verdict: "assumed",
          seen: "code of your own performs it, and what that would send nobody sees: it was not run",
        });
      return standInFor(change, name, random);
    }
    onEffect(name, of.request);
    const outcome = await probe({
      sandbox,
      change,
      key: this.#keyOf(name),
      lookup,
      look: (asked) => this.#look(asked),
      isNew,
      patienceMs,
      note: (found) => note({ ...of, ...found }),
    });
    const value = answerOf(`effect "${name}"`, outcome);
    // Through the codec, as everything that code gets from an effect.
    if (change.confirming === undefined) return value === undefined ? undefined : decode(encode(value));
    note({
      ...of,
      declared: "confirmed",
      verdict: "assumed",
      seen: "that its job ends as it says: nobody asked for it",
    });
    return standInFor(change, name, random);
  }

  async #look({ find }: ByLookup<unknown>): Promise<Looked> {
    this.#elsewhere = undefined;
    try {
      const found = foundOf(await find());
      return this.#elsewhere === undefined ? { kind: "looked", found } : { kind: "elsewhere", what: this.#elsewhere };
    } catch (error) {
      return lookupFailed(error);
    }
  }

  /** A key as Waybill makes them, of a record that never was. */
  #keyOf(name: string): string {
    const id = this.#parts.random.uuid();
    const owner = { integration: this.#parts.integration, tenant: "", id, entity: undefined, salt: undefined };
    return keyOf(owner, name, "record", 1);
  }

  #leaveOut(what: string, change: AnyChange): void {
    const text = `${what}: ${targetText(change)} of ${change.system.name}`;
    if (!this.notSent.includes(text)) this.notSent.push(text);
  }
}

/** Code that goes on after its run has ended sends nothing more. */
function runEnded(): WaybillError {
  return new WaybillError("revoked", "This run of deliver has ended.");
}

function lookupIn({ idempotency }: AnyChange): ByLookup<unknown> | undefined {
  if (idempotency.how === "byLookup") return idempotency;
  return idempotency.how === "byKey" ? idempotency.after : undefined;
}

/** `POST /invoices`, without its query, which may hold a key. */
export function targetText(change: AskedChange): string {
  if (change.how !== "http") return change.how === "perform" ? "perform" : `batch ${change.batch.name}`;
  return `${change.method} ${change.path.split("?", 1)[0]}`;
}

/** What was answered, or the error that the code gets: what was done and is not as expected is held there, too. */
function answerOf(what: string, outcome: Outcome): unknown {
  if (outcome.name === "done" && outcome.unexpected === undefined) return outcome.value;
  const code = outcome.name === "failed-permanent" ? "effect-refused" : "unavailable";
  throw new WaybillError(code, `${what}: ${outcome.name === "done" ? outcome.unexpected : outcome.why}`);
}

function partOf(name: string, part: unknown): unknown {
  if (part !== undefined) return part;
  throw new WaybillError("effect-refused", `effect "${name}": the answer does not speak of one of its items`);
}
