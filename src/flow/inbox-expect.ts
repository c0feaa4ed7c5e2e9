import type { Definition, Delivery, EffectOptions } from "../define/definition.ts";
import type { AnyChange, AskedChange } from "../define/request.ts";
import type { AnySchema } from "../define/schema.ts";
import type { RecordWhole, StoredEffect } from "../ledger/ledger.ts";
import { decode } from "../model/codec.ts";
import { WaybillError } from "../model/errors.ts";
import type { Clock } from "../world/clock.ts";
import { answerStandIn, anything, resultSchemaOf } from "./stand-in.ts";

// What an effect expects stands in `deliver`, and nowhere else. So `deliver` is run without a world until it asks for that effect: stored results are
// handed back, reads are answered by stand-ins, and nothing is sent or stored. Where it does not come to the effect in that way, nobody knows.

const longestMs = 2_000;

/** The schema that the answer of a record's effect has to meet; undefined where there is none, or it cannot be found out. */
export async function expectOf(
  whole: RecordWhole,
  definition: Definition,
  name: string,
  clock: Clock,
): Promise<AnySchema | undefined> {
  const ended = new AbortController();
  let found = (_: AnySchema | undefined): void => undefined;
  const asked = new Promise<AnySchema | undefined>((resolve) => {
    found = resolve;
  });
  const tools = new Asking(whole, name, clock, ended.signal, found);
  const delivered = (async () => {
    await definition.deliver(decode(whole.content ?? "null"), tools);
  })().then(
    () => undefined,
    () => undefined,
  );
  const cancel = clock.after(longestMs, () => found(undefined));
  try {
    return await Promise.race([asked, delivered]);
  } finally {
    cancel();
    ended.abort();
  }
}

/** The tools of a `deliver` that only shall say what it asks for. */
class Asking implements Delivery {
  readonly tenant: unknown;
  readonly signal: AbortSignal;
  readonly record: string;
  readonly run = 1;
  readonly #whole: RecordWhole;
  readonly #name: string;
  readonly #clock: Clock;
  readonly #found: (expect: AnySchema | undefined) => void;

  constructor(
    whole: RecordWhole,
    name: string,
    clock: Clock,
    signal: AbortSignal,
    found: (expect: AnySchema | undefined) => void,
  ) {
    this.tenant = whole.tenant === "" ? undefined : anything("tenant");
    this.signal = signal;
    this.record = whole.record;
    this.#whole = whole;
    this.#name = name;
    this.#clock = clock;
    this.#found = found;
  }

  readonly effect = (name: string, change: unknown, options?: EffectOptions): Promise<never> =>
    unawaited(this.#effect(name, change, options));

  async #effect(name: string, change: unknown, options: EffectOptions | undefined): Promise<never> {
    const names = [name, options?.formerly];
    if (names.includes(this.#name)) this.#found(resultSchemaOf(change as AskedChange));
    return this.#resultOf(this.#doneOf(...names)?.result);
  }

  readonly effects: Delivery["effects"] = (name, items, batch) => {
    if (this.#name.startsWith(`${name}#`) && items.length > 0) {
      this.#found((batch.change(items.slice(0, batch.size ?? 100)) as unknown as AnyChange).expect);
    }
    // What one item's part of an answer has to be, no schema says.
    if (this.#name.startsWith(`${name}/`)) this.#found(undefined);
    const names = items.map((item) => `${name}/${batch.name(item)}`);
    return unawaited((async () => names.map((own) => this.#resultOf(this.#doneOf(own)?.result)))());
  };

  readonly call = async (read: unknown): Promise<never> =>
    answerStandIn(read as AnyChange, anything("answer")) as never;
  readonly now = (): number => this.#clock.now();
  readonly uuid = (): string => "00000000-0000-8000-8000-000000000000";

  #doneOf(...names: readonly (string | undefined)[]): StoredEffect | undefined {
    return this.#whole.effects.find(({ state, name }) => state === "done" && names.includes(name));
  }

  #resultOf(result: string | undefined): never {
    if (result !== undefined) return decode(result) as never;
    throw new WaybillError("unavailable", "Nothing is sent here, and this has no stored result.");
  }
}

/** Whoever does not await it leaves no rejection behind. */
function unawaited<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
