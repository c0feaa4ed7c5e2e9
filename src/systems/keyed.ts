import type { LimitedCall, LimitPer } from "../define/limit.ts";
import { said, WaybillError } from "../model/errors.ts";
import type { KeyGate } from "./key-gate.ts";
import type { EnterOptions, LimitView, Permit } from "./port.ts";

// Limits of which each method, each path, or each text that a function makes of the call has one of its own. A key gets a gate of its own when it is first
// asked for, and is forgotten when nothing of it counts any more: ten thousand keys cost as much as those that were used within the window.

/** So many keys are kept without asking which of them are idle. */
const sweepFrom = 256;
const keyCharactersMax = 512;

export class Keyed {
  readonly #system: string;
  readonly #per: LimitPer;
  readonly #make: (key: string) => KeyGate;
  readonly #gates = new Map<string, KeyGate>();
  #sweepAt = sweepFrom;

  constructor(system: string, per: LimitPer, make: (key: string) => KeyGate) {
    this.#system = system;
    this.#per = per;
    this.#make = make;
  }

  get size(): number {
    return this.#gates.size;
  }

  enter(options: EnterOptions): Promise<Permit> {
    return this.#gateOf(this.#keyOf(options.call)).enter(options);
  }

  /** The ledger has answered for all keys together. */
  pump(): void {
    for (const gate of this.#gates.values()) gate.pump();
  }

  /** As the key has them that has the least left. */
  get limits(): readonly LimitView[] {
    const tightest: LimitView[] = [];
    for (const [key, gate] of this.#gates)
      for (const [at, view] of gate.limits.entries())
        if (tightest[at] === undefined || view.left < tightest[at].left) tightest[at] = { ...view, key };
    if (tightest.length > 0) return tightest;
    // Nobody has called: any key would begin like this.
    const gate = this.#make("");
    return gate.limits;
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.#gates.values()].map((gate) => gate.close()));
  }

  #gateOf(key: string): KeyGate {
    const known = this.#gates.get(key);
    if (known !== undefined) return known;
    if (this.#gates.size >= this.#sweepAt) this.#sweep();
    const gate = this.#make(key);
    this.#gates.set(key, gate);
    return gate;
  }

  #sweep(): void {
    for (const [key, gate] of this.#gates) {
      if (!gate.isIdle) continue;
      this.#gates.delete(key);
      void gate.close();
    }
    this.#sweepAt = Math.max(sweepFrom, this.#gates.size * 2);
  }

  #keyOf(describe: (() => LimitedCall) | undefined): string {
    const call = describe?.();
    if (call === undefined) return "";
    if (typeof this.#per === "string") return (call[this.#per] ?? "").slice(0, keyCharactersMax);
    let key: unknown;
    try {
      key = this.#per(call);
    } catch (thrown) {
      throw this.#misused(call, `threw: ${said(thrown)}`);
    }
    if (typeof key === "string" && key.length <= keyCharactersMax) return key;
    if (typeof key === "number") return String(key);
    throw this.#misused(call, `gave ${typeof key}, and a text of at most ${keyCharactersMax} characters is expected`);
  }

  #misused({ method, path }: LimitedCall, why: string): WaybillError {
    return new WaybillError(
      "effect-misused",
      `per of a limit of "${this.#system}" ${why} (for ${method} ${path}).`,
      'Give a text for every call, also for one without a record: ({ record }) => record?.shop ?? "".',
    );
  }
}
