import type { Ledger, Refusal } from "../ledger/ledger.ts";
import type { Clock } from "../world/clock.ts";

/** Refusals wait this long for others: a flood of forged requests must not become a flood of commits. */
const writeEveryMs = 250;
/** More kinds than this are not told apart between two writes. */
const kindsMax = 100;
const perKindMax = 10_000;
const sampleCharactersMax = 2_000;

/** Counts what never became a record, in batches. */
export class Refusals {
  readonly #ledger: Ledger;
  readonly #clock: Clock;
  #waiting = new Map<string, Refusal[]>();
  #cancel: (() => void) | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(ledger: Ledger, clock: Clock) {
    this.#ledger = ledger;
    this.#clock = clock;
  }

  add(refusal: Omit<Refusal, "atMs" | "tenant" | "sample"> & { readonly sample: Uint8Array | string }): void {
    const kind = `${refusal.source}\n${refusal.reason}`;
    let ofKind = this.#waiting.get(kind);
    if (ofKind === undefined) {
      if (this.#waiting.size >= kindsMax) return;
      ofKind = [];
      this.#waiting.set(kind, ofKind);
    }
    // Only the first of a kind is looked at for a sample; the others count.
    const sample = ofKind[0]?.sample ?? sampleOf(refusal.sample);
    if (ofKind.length < perKindMax) ofKind.push({ ...refusal, tenant: "", atMs: this.#clock.now(), sample });
    this.#cancel ??= this.#clock.after(writeEveryMs, () => void this.flush(), { idle: true });
  }

  /** Writes what was counted. A ledger that fails loses counts, not records. */
  async flush(): Promise<void> {
    this.#cancel?.();
    this.#cancel = undefined;
    const all = [...this.#waiting.values()].flat();
    this.#waiting = new Map();
    if (all.length > 0) this.#writing = this.#ledger.refuse(all).catch(() => undefined);
    await this.#writing;
  }
}

function sampleOf(body: Uint8Array | string): string {
  const text = typeof body === "string" ? body : Buffer.from(body.subarray(0, sampleCharactersMax)).toString("latin1");
  // Printable ASCII only: it is shown to people.
  return text.slice(0, sampleCharactersMax).replace(/[^\x20-\x7e]/g, "·");
}
