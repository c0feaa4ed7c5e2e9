import type { Definition } from "../define/integration.ts";
import type { Change } from "../define/request.ts";
import type { Claimed, EntityRef, Ledger, Restore, StoredEffect, TimelineEntry } from "../ledger/ledger.ts";
import type { Emit } from "../model/events.ts";
import type { RunSpan, Tracing } from "../model/tracing.ts";
import type { From } from "../systems/crowds.ts";
import type { Systems } from "../systems/port.ts";
import type { TenantRef } from "../systems/tenant-ref.ts";
import type { TenantLists } from "../systems/tenants.ts";
import type { Ages } from "../world/ages.ts";
import type { World } from "../world/transport.ts";
import { Handle } from "./handle.ts";
import { Halt, type Verdict } from "./verdict.ts";
import { RunWriter } from "./writer.ts";

/** What every run works with. */
export interface Workshop {
  readonly ledger: Ledger;
  readonly systems: Systems;
  readonly tenants: Pick<TenantLists, "get" | "whyNot">;
  readonly world: World;
  readonly emit: Emit;
  /** Replaces every known secret in a text. */
  readonly redact: (text: string) => string;
  /** How long ago it was that something was sent. */
  readonly ages: Ages;
  /** Backups that the ledger was restored from: what they have lost is in doubt. */
  readonly restores: () => readonly Restore[];
  /** Where spans are told; without it nowhere. */
  readonly tracing?: Tracing | undefined;
}

/** One run of `deliver` for one record: what it may still do, what it has asked for, and what that came to. */
export class Run {
  readonly shop: Workshop;
  readonly claimed: Claimed;
  readonly definition: Definition;
  readonly release: string;
  /** Where somebody records its trace. */
  readonly span: RunSpan | undefined;
  readonly handle: Handle;
  readonly writer: RunWriter;
  /** Effects of the record by name, as they stand now. */
  readonly effects: Map<string, StoredEffect>;
  /** Names used in this run. */
  readonly used: Set<string> = new Set();
  /** Stored names asked for in this run, old ones by `formerly` too. */
  readonly asked: Set<string> = new Set();
  /** How effects that are done are undone, by name: while the record is being undone. */
  readonly undos: Map<string, () => Change<unknown>> = new Map();
  readonly underWay: Set<Promise<unknown>> = new Set();
  readonly #waiters = new Set<() => void>();
  readonly #verdicts: Verdict[] = [];
  #entityEffects: Promise<Map<string, StoredEffect>> | undefined;
  /** Effects and calls that are at work, not counting those that wait for others to be asked for. */
  busy = 0;
  ended = false;
  /** What `deliver` gets. */
  content: unknown;
  /** The failed attempt was a probe of a system that is down: it costs the record nothing. */
  probed = false;

  constructor(shop: Workshop, claimed: Claimed, definition: Definition, release: string, span?: RunSpan) {
    this.shop = shop;
    this.claimed = claimed;
    this.definition = definition;
    this.release = release;
    this.span = span;
    this.handle = new Handle(
      shop.world.clock,
      definition.deliverTimeoutMs,
      () => {
        shop.emit({ event: "run.hung", ...this.of, afterMs: definition.deliverTimeoutMs });
        this.pronounce({ kind: "retry", why: `deliver did not end within ${definition.deliverTimeoutMs} ms` });
        this.handle.revoke("deliver took longer than its deadline");
      },
      () => shop.ledger.leaseLeftMs(),
    );
    this.writer = new RunWriter(shop.ledger, shop.world.clock, claimed, (why) => this.handle.revoke(why), shop.redact);
    this.effects = new Map(claimed.effects.map((effect) => [effect.name, effect]));
  }

  get of(): { integration: string; tenant: string; record: string } {
    return { integration: this.claimed.integration, tenant: this.claimed.tenant, record: this.claimed.record };
  }

  /** Whose record it is, where its integration has tenants. */
  get tenant(): TenantRef | undefined {
    const { per } = this.definition;
    return per === undefined ? undefined : { of: per.name, id: this.claimed.tenant };
  }

  /** What the list has of its tenant. */
  get tenantValue(): unknown {
    return this.tenant === undefined ? undefined : this.shop.tenants.get(this.tenant)?.value;
  }

  /** Whose calls its calls are, where permits are shared. Files are caught up with, and so is what a person lets go again. */
  get from(): From {
    const { integration, tenant, uncompared } = this.claimed;
    const backfill = uncompared || this.definition.sources.every(({ kind }) => kind === "file");
    return { name: `${integration}\0${tenant}`, backfill };
  }

  get nowMs(): number {
    return this.shop.world.clock.now();
  }

  get entity(): EntityRef {
    const { entity, entityHash } = this.claimed;
    if (entityHash === undefined) throw new Error(`Record ${this.claimed.record} has no entity.`);
    return { entity, entityHash };
  }

  get verdicts(): readonly Verdict[] {
    return this.#verdicts;
  }

  /** Says what this run comes to, whatever user code does with the error. */
  pronounce(verdict: Verdict): void {
    this.#verdicts.push(verdict);
  }

  /** The error that ends an effect with a verdict. A refusal is user code's to catch; the others stand. */
  halt(verdict: Verdict, message: string): Halt {
    if (verdict.kind !== "refused") this.pronounce(verdict);
    const code = verdict.kind === "refused" ? "effect-refused" : verdict.kind === "held" ? "in-doubt" : "unavailable";
    return new Halt(code, message, verdict);
  }

  /** Effects made once for this record's entity, by whichever record. */
  entityEffects(): Promise<Map<string, StoredEffect>> {
    this.#entityEffects ??= this.shop.ledger
      .entityEffects(this.claimed.integration, this.claimed.tenant, this.entity.entityHash)
      .then((effects) => new Map(effects.map((effect) => [effect.name, effect])));
    return this.#entityEffects;
  }

  /** The entity's effects, if this run has asked for them. */
  async entityEffectsSeen(): Promise<Map<string, StoredEffect> | undefined> {
    return this.#entityEffects;
  }

  remember(effect: StoredEffect, entry?: TimelineEntry): void {
    this.keep(effect);
    this.writer.note({ entity: effect.per === "entity" ? this.entity : undefined, effect, name: effect.name }, entry);
  }

  keep(effect: StoredEffect): void {
    if (effect.per === "record") this.effects.set(effect.name, effect);
    else void this.entityEffects().then((effects) => effects.set(effect.name, effect));
  }

  /** Follows a promise that user code may or may not await. */
  follow<T>(work: Promise<T>): Promise<T> {
    this.busy += 1;
    const settled: Promise<void> = work.then(
      () => this.#left(settled),
      () => this.#left(settled),
    );
    this.underWay.add(settled);
    return work;
  }

  /** Calls `listener` whenever something is asked for or ends, until it is taken back. */
  onProgress(listener: () => void): () => void {
    this.#waiters.add(listener);
    return () => this.#waiters.delete(listener);
  }

  progressed(): void {
    for (const listener of this.#waiters) listener();
  }

  end(): void {
    this.ended = true;
    this.progressed();
  }

  #left(work: Promise<unknown>): void {
    this.busy -= 1;
    this.underWay.delete(work);
    this.progressed();
  }
}
