import type { Claimed } from "../ledger/ledger.ts";
import { said, WaybillError } from "../model/errors.ts";
import { Hands } from "../model/share.ts";
import { sleep } from "../world/clock.ts";
import { type Turn, takeTurn } from "./flow.ts";
import { gatheringsOf } from "./gather.ts";
import type { Run, Workshop } from "./run.ts";

/** Records in this worker's hands at once: enough to keep every system's permits busy while intents and settlements are being written. */
const slotsDefault = 288;
/** Whoever has records in hand asks for at least this share of them again, so that a busy worker does not ask for single records. */
const claimShare = 4;
const ledgerPauseMsMax = 5_000;

/** What dispatch has to know about an integration to run it. */
export type TurnFor = (claimed: Claimed) => Omit<Turn, "claimed"> | undefined;

export interface DispatchOptions {
  readonly shop: Workshop;
  readonly turnFor: TurnFor;
  readonly integrations: readonly string[];
  readonly slots?: number;
}

/** Takes due records into this worker's hands, one per key, runs them, and asks for more. Nothing polls: it is woken, or its timer rings. */
export class Dispatch {
  readonly #shop: Workshop;
  readonly #turnFor: TurnFor;
  readonly #integrations: readonly string[];
  readonly #runs = new Map<string, Run | undefined>();
  readonly #hands: Hands;
  readonly #idleListeners = new Set<() => void>();
  #claiming = false;
  #wokenMeanwhile = false;
  #running = false;
  #cancelTimer: (() => void) | undefined;
  #ledgerPauseMs = 0;

  constructor(options: DispatchOptions) {
    this.#shop = options.shop;
    this.#turnFor = options.turnFor;
    this.#integrations = options.integrations;
    this.#hands = new Hands(options.slots ?? slotsDefault);
  }

  start(): void {
    this.#running = true;
    this.wake();
  }

  /** How many records of an integration and tenant intake may claim in its own commit. */
  room(integration: string, tenant = ""): number {
    return this.#running ? this.#hands.room(integration, tenant) : 0;
  }

  get active(): number {
    return this.#runs.size;
  }

  /** Something may be due. */
  wake(): void {
    if (!this.#running) return;
    if (this.#claiming) this.#wokenMeanwhile = true;
    else if (this.#hands.free > 0) void this.#claim();
  }

  /** A record of these may be due, or what they had in hand has got fewer. */
  wakeFor(integration: string, tenant: string): void {
    const room = this.#hands.room(integration, tenant);
    if (room > 0 && room * claimShare >= this.#hands.held(integration, tenant)) this.wake();
  }

  /** Runs records that are in this worker's hands already. */
  take(claimed: readonly Claimed[]): void {
    for (const one of claimed) void this.#run(one);
  }

  /** Calls `listener` after each record that settles. */
  onSettled(listener: () => void): () => void {
    this.#idleListeners.add(listener);
    return () => this.#idleListeners.delete(listener);
  }

  /** Takes nothing new, lets what is under way finish for `graceMs`, then revokes it. */
  async drain(graceMs: number): Promise<void> {
    this.#running = false;
    this.#cancelTimer?.();
    gatheringsOf(this.#shop).hurry();
    const { clock } = this.#shop.world;
    const deadline = clock.monotonic() + graceMs;
    while ((this.#runs.size > 0 || this.#claiming) && clock.monotonic() < deadline) await sleep(clock, 10);
    for (const run of this.#runs.values()) run?.handle.revoke("Waybill is stopping");
    const lastMs = clock.monotonic() + revokeMs;
    while (this.#runs.size > 0 && clock.monotonic() < lastMs) await sleep(clock, 5);
  }

  /** What is in hand is in this worker's hands no more: stops all of it, and waits until it has stopped. */
  async letGo(why: string): Promise<void> {
    const all = [...this.#runs.values()];
    for (const run of all) run?.handle.revoke(why);
    const { clock } = this.#shop.world;
    const lastMs = clock.monotonic() + revokeMs;
    const mine = new Set(this.#runs.keys());
    while ([...mine].some((record) => this.#runs.has(record)) && clock.monotonic() < lastMs) await sleep(clock, 5);
  }

  async #claim(): Promise<void> {
    this.#claiming = true;
    this.#wokenMeanwhile = false;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const { ledger, world, ages, emit, tracing } = this.#shop;
    const limit = this.#hands.free;
    let nextAtMs: number | undefined;
    try {
      const result = await ledger.claim({
        limit,
        nowMs: ages.now(),
        integrations: this.#integrations,
        held: this.#hands.all(),
        traced: tracing?.recording === true,
      });
      if (this.#ledgerPauseMs > 0) emit({ event: "ledger.recovered" });
      this.#ledgerPauseMs = 0;
      if (this.#running) this.take(result.claimed);
      else await ledger.unclaim(result.claimed);
      nextAtMs = result.nextAtMs;
    } catch (error) {
      emit({
        event: "ledger.failed",
        code: error instanceof WaybillError ? error.code : "ledger-failed",
        why: said(error),
      });
      this.#ledgerPauseMs = Math.min(ledgerPauseMsMax, Math.max(100, this.#ledgerPauseMs * 2));
      nextAtMs = world.clock.now() + this.#ledgerPauseMs;
    } finally {
      this.#claiming = false;
    }
    if (!this.#running) return;
    if (this.#wokenMeanwhile) return this.wake();
    if (nextAtMs === undefined) return;
    const waitMs = nextAtMs - world.clock.now();
    if (waitMs <= 0) return this.wake();
    this.#cancelTimer = world.clock.after(waitMs, () => this.wake(), { idle: true });
  }

  async #run(claimed: Claimed): Promise<void> {
    const { record, integration, tenant } = claimed;
    const { ledger, emit } = this.#shop;
    this.#runs.set(record, undefined);
    this.#hands.take(integration, tenant);
    try {
      const turn = this.#turnFor(claimed);
      if (turn === undefined) {
        await ledger.unclaim([claimed]);
        return;
      }
      await takeTurn(this.#shop, { claimed, ...turn }, (run) => this.#runs.set(record, run));
    } catch (error) {
      if (error instanceof WaybillError && error.code === "revoked") return;
      // What could not be written stays in this worker's hands until the ledger takes it back: nothing is lost, and nothing is sent twice.
      emit({
        event: "ledger.failed",
        code: error instanceof WaybillError ? error.code : "ledger-failed",
        why: said(error),
      });
      await this.#giveBack(claimed);
    } finally {
      this.#runs.delete(record);
      this.#hands.giveBack(integration, tenant);
      for (const listener of this.#idleListeners) listener();
      this.wakeFor(integration, tenant);
    }
  }

  /** Puts a record whose run could not be written down back, as soon as the ledger can. */
  async #giveBack(claimed: Claimed): Promise<void> {
    const { clock } = this.#shop.world;
    for (let pauseMs = 100; this.#running; pauseMs = Math.min(pauseMs * 2, ledgerPauseMsMax)) {
      await sleep(clock, pauseMs);
      try {
        await this.#shop.ledger.unclaim([claimed]);
        return;
      } catch (error) {
        if (error instanceof WaybillError && error.code === "ledger-closed") return;
      }
    }
  }
}

/** How long revoked runs get to write down that they were stopped. */
const revokeMs = 2_000;
