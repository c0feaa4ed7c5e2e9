import type {
  ClaimRef,
  EffectWrite,
  EntityRef,
  Intent,
  Ledger,
  RunWrite,
  Settlement,
  StoredEffect,
  TimelineEntry,
  WriteResult,
} from "../ledger/ledger.ts";
import { WaybillError } from "../model/errors.ts";
import type { Clock } from "../world/clock.ts";

interface Of extends ClaimRef {
  readonly integration: string;
  readonly tenant: string;
}

/**
 * What one run writes to the ledger. A result does not hold its run up: it is written at the end of this turn of the event loop, or together
 * with the next thing that has to be on disk (an intent, the settlement), whichever comes first. If the process dies in between, the effect
 * is in doubt and is resolved as any other.
 */
export class RunWriter {
  readonly #ledger: Ledger;
  readonly #clock: Clock;
  readonly #of: Of;
  readonly #onRevoked: (why: string) => void;
  /** What went wrong is told in the words of others, and they may quote a secret. */
  readonly #redact: (text: string) => string;
  #effects: EffectWrite[] = [];
  #timeline: TimelineEntry[] = [];
  #flushing = false;
  #failed: unknown;

  constructor(
    ledger: Ledger,
    clock: Clock,
    of: Of,
    onRevoked: (why: string) => void,
    redact: (text: string) => string,
  ) {
    this.#redact = redact;
    this.#ledger = ledger;
    this.#clock = clock;
    this.#of = of;
    this.#onRevoked = onRevoked;
  }

  /** Notes what happened; it is on disk soon. */
  note(effect: EffectWrite | undefined, entry?: TimelineEntry): void {
    if (effect !== undefined) this.#effects.push(this.#safe(effect));
    if (entry?.detail !== undefined) this.#timeline.push({ ...entry, detail: this.#redact(entry.detail) });
    else if (entry !== undefined) this.#timeline.push(entry);
    if (this.#flushing) return;
    this.#flushing = true;
    this.#clock.soon(() => {
      this.#flushing = false;
      if (this.#effects.length === 0 && this.#timeline.length === 0) return;
      this.#write({}).catch((error: unknown) => {
        // The next write that somebody waits for says so; the settlement cannot be missed.
        this.#failed = error;
      });
    });
  }

  /** Puts an intent on disk before its request leaves. Answers the stored effect when a fresh one was already there. */
  async intend(intent: Intent): Promise<StoredEffect | undefined> {
    const result = await this.#write({ intents: [intent] });
    return result.existing[0];
  }

  async beginEntity(entity: EntityRef): Promise<void> {
    await this.#write({ beginEntity: entity });
  }

  async reread(contract: string, content: string | undefined): Promise<void> {
    await this.#write({ reread: { contract, content } });
  }

  async settle(settlement: Settlement): Promise<Extract<WriteResult, { kind: "written" }>["settledAs"]> {
    const { reason } = settlement;
    const safe = reason === undefined ? settlement : { ...settlement, reason: this.#redact(reason) };
    const result = await this.#write({ settlement: safe });
    return result.settledAs;
  }

  /** What has to be written for this run, to be written together with what others write: nothing of it is left here. */
  take(parts: Partial<Pick<RunWrite, "intents" | "effects" | "timeline">>): RunWrite {
    if (this.#failed !== undefined) throw this.#failed;
    const effects = [...this.#effects, ...(parts.effects ?? [])];
    const timeline = [...this.#timeline, ...(parts.timeline ?? [])];
    this.#effects = [];
    this.#timeline = [];
    const { record, holder, keyHash, integration, tenant } = this.#of;
    const nothingElse = { beginEntity: undefined, reread: undefined, settlement: undefined };
    const of = { record, holder, keyHash, integration, tenant };
    return { ...of, intents: parts.intents ?? [], effects, timeline, ...nothingElse };
  }

  /** Of what was taken and not written: what was noted goes with the next write. */
  giveBack({ effects, timeline }: RunWrite): void {
    this.#effects = [...effects, ...this.#effects];
    this.#timeline = [...timeline, ...this.#timeline];
  }

  #safe(write: EffectWrite): EffectWrite {
    const why = write.effect?.why;
    if (write.effect === undefined || why === undefined) return write;
    return { ...write, effect: { ...write.effect, why: this.#redact(why) } };
  }

  async #write(
    parts: Partial<Pick<RunWrite, "intents" | "beginEntity" | "reread" | "settlement">>,
  ): Promise<Extract<WriteResult, { kind: "written" }>> {
    const result = await this.#ledger.write({
      ...this.take({ intents: parts.intents ?? [] }),
      beginEntity: parts.beginEntity,
      reread: parts.reread,
      settlement: parts.settlement,
    });
    if (result.kind === "revoked") {
      this.#onRevoked(result.why);
      throw new WaybillError("revoked", `This run may write nothing any more: ${result.why}.`);
    }
    return result;
  }
}
