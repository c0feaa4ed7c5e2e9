import type { Ledger } from "../ledger/ledger.ts";
import { WaybillError } from "../model/errors.ts";
import type { Emit } from "../model/events.ts";
import type { Clock } from "../world/clock.ts";

// Refusals: what came and never became a record. A sender that is refused all night is a silent failure too, so each is counted, and a sample kept.
//
// A flood of forged requests must not become a flood of commits or of log lines: the first refusal is written at once, those that follow within a
// while are counted together. What waits to be written is one line for each source and reason, and both are closed sets, so it cannot grow.

/** Not more often than this is anything written. */
const writeEveryMs = 250;
const sampleCharsMax = 2_000;
/** Read further than it is kept, so that no secret is cut in two before it is found. */
const bodyBytesMax = 4_000;

interface Refused {
  readonly source: string;
  /** Which integrations it would have been for. */
  readonly integrations: readonly string[];
  /** Whose it would have been, once that is known; `""` otherwise. */
  readonly tenant?: string;
  readonly reason: string;
  /** In a sentence. */
  readonly detail: string;
  /** The request's first lines, made only when they are kept. */
  readonly head?: () => string;
  /** What came, as far as it was read. */
  readonly sample: Uint8Array | string;
}

interface Counted extends Omit<Refused, "sample" | "head"> {
  atMs: number;
  count: number;
  /** How many of them no event has told of yet. */
  untold: number;
  sample: string;
}

/** Counts what never became a record. */
export class Refusals {
  readonly #ledger: Ledger;
  readonly #clock: Clock;
  readonly #emit: Emit;
  readonly #redact: (text: string) => string;
  #waiting = new Map<string, Counted>();
  #pausing = false;
  #writing: Promise<void> = Promise.resolve();

  /** @param redact takes secrets out of a sample before it is kept. */
  constructor(ledger: Ledger, clock: Clock, emit: Emit, redact: (text: string) => string = (text) => text) {
    this.#redact = redact;
    this.#ledger = ledger;
    this.#clock = clock;
    this.#emit = emit;
  }

  add({ source, integrations, tenant = "", reason, detail, head, sample }: Refused): void {
    const atMs = this.#clock.now();
    const kind = `${source}\n${reason}\n${tenant}`;
    const counted = this.#waiting.get(kind);
    if (counted === undefined) {
      const shown = sampleText(head?.(), sample, this.#redact);
      this.#waiting.set(kind, {
        source,
        integrations,
        tenant,
        reason,
        detail,
        sample: shown,
        atMs,
        count: 1,
        untold: 1,
      });
    } else {
      counted.count++;
      counted.untold++;
      counted.atMs = atMs;
    }
    if (this.#pausing) return;
    this.#pausing = true;
    this.#clock.soon(() => void this.flush());
    this.#pause();
  }

  /** Writes what was counted, and resolves when it is durable. */
  async flush(): Promise<void> {
    if (this.#waiting.size > 0) {
      const counted = [...this.#waiting.values()];
      this.#waiting = new Map();
      this.#writing = this.#write(counted);
    }
    await this.#writing;
  }

  async #write(counted: readonly Counted[]): Promise<void> {
    for (const one of counted) {
      const { source, reason, detail, untold } = one;
      if (untold > 0) this.#emit({ event: "intake.refused", source, reason, detail, count: untold });
      one.untold = 0;
    }
    try {
      await this.#ledger.refuse(
        counted.map(({ source, integrations, tenant = "", reason, atMs, count, sample }) => {
          return { source, integrations, tenant, reason, atMs, count, sample };
        }),
      );
    } catch (error) {
      // A ledger that fails now may take them later; one that is closed will not.
      if (error instanceof WaybillError && error.code === "ledger-closed") return;
      for (const one of counted) this.#putBack(one);
    }
  }

  #putBack(one: Counted): void {
    const kind = `${one.source}\n${one.reason}\n${one.tenant ?? ""}`;
    const since = this.#waiting.get(kind);
    if (since === undefined) this.#waiting.set(kind, one);
    else since.count += one.count;
  }

  #pause(): void {
    const after = (): void => {
      this.#pausing = this.#waiting.size > 0;
      if (!this.#pausing) return;
      void this.flush();
      this.#pause();
    };
    this.#clock.after(writeEveryMs, after, { idle: true });
  }
}

/** For people: no control character is shown as itself. */
function sampleText(head: string | undefined, sample: Uint8Array | string, redact: (text: string) => string): string {
  const body =
    typeof sample === "string"
      ? sample.slice(0, bodyBytesMax)
      : Buffer.from(sample.subarray(0, bodyBytesMax)).toString("utf8");
  const whole = head === undefined ? body : `${head}\n\n${body}`;
  return redact(whole)
    .toWellFormed()
    .replace(/[^\P{C}\n\t]/gu, "·")
    .slice(0, sampleCharsMax)
    .toWellFormed();
}
