import { type WatchingOver, watchOver } from "../../../src/assembly/watch-over.ts";
import type { Integration } from "../../../src/define/definition.ts";
import { createIntake, type Intake } from "../../../src/flow/intake.ts";
import type { AlertRow, Ledger } from "../../../src/ledger/ledger.ts";
import { openSqlite } from "../../../src/ledger/sqlite/open.ts";
import { pushFeed } from "../../../src/sources/feeds.ts";
import { itemHandedIn } from "../../../src/sources/push.ts";
import type { Systems } from "../../../src/systems/port.ts";
import type { TenantLists } from "../../../src/systems/tenants.ts";
import { createWorld } from "../../../src/world/world.ts";

const learntRules = ["silent", "volume", "drift"];

/** Integrations on a real ledger, watched as `start` does, on a clock that only moves when it is told to. */
export class Watched {
  readonly ledger: Ledger;
  readonly intake: Intake;
  nowMs: number;
  /** How far the wall clock is off. */
  jumpedMs = 0;
  watch: WatchingOver;
  readonly #integrations: readonly Integration[];
  readonly #clock = {
    now: () => this.nowMs + this.jumpedMs,
    monotonic: () => this.nowMs,
    after: () => () => undefined,
    soon: (task: () => void) => void setImmediate(task),
  };

  static async on(
    integrations: readonly Integration[],
    startMs: number,
    prepare?: (ledger: Ledger) => Promise<void>,
  ): Promise<Watched> {
    const world = createWorld();
    const ledger = await openSqlite({ address: "sqlite::memory:", role: "owner", mustExist: false }, world);
    await prepare?.(ledger);
    return new Watched(ledger, integrations, startMs);
  }

  private constructor(ledger: Ledger, integrations: readonly Integration[], startMs: number) {
    this.ledger = ledger;
    this.nowMs = startMs;
    this.#integrations = integrations;
    this.intake = createIntake({
      redact: (text) => text,
      ledger,
      world: { clock: this.#clock, passing: () => undefined },
      integrations: new Map(integrations.map(({ name, definition }) => [name, { definition, release: "r" }])),
      onTaken: () => undefined,
      onWaiting: () => undefined,
      claimRoom: () => 0,
      emit: () => undefined,
      onDurable: (...of) => this.watch.taken(...of),
    });
    this.watch = this.#begin();
  }

  #begin(): WatchingOver {
    const world = { ...createWorld(), clock: this.#clock };
    const definitions = this.#integrations.map(({ definition }) => definition);
    return watchOver({
      ledger: this.ledger,
      world,
      secrets: { redact: (text) => text },
      emit: () => undefined,
      definitions,
      // Nothing is sent here: of systems and tenants there is nothing to see.
      systems: { state: () => [], dates: () => [] } as unknown as Systems,
      tenants: { state: () => [] } as unknown as TenantLists,
      polls: () => undefined,
      files: () => undefined,
      options: undefined,
      tell: async () => undefined,
      tellDirectly: async () => undefined,
      publicUrl: undefined,
      flush: async () => undefined,
    });
  }

  /** The process ends, and another one begins after a while. */
  async restart(afterMs: number): Promise<void> {
    await this.watch.stop();
    this.nowMs += afterMs;
    this.watch = this.#begin();
    await this.watch.look();
  }

  async send(record: object, name = this.#integrations[0]?.name): Promise<string> {
    const found = this.#integrations.find((one) => one.name === name);
    if (found === undefined) throw new Error(`no integration ${name}`);
    const became = await this.intake.take(pushFeed(found.definition), [itemHandedIn(record)]);
    return became.kind === "taken" ? (became.items[0]?.[0]?.record ?? "") : "";
  }

  /** Lets time pass, with a look every so often. */
  async pass(ms: number, everyMs = 10_000): Promise<void> {
    for (const endMs = this.nowMs + ms; this.nowMs < endMs; ) {
      this.nowMs = Math.min(endMs, this.nowMs + everyMs);
      await this.watch.look();
    }
  }

  /** Alerts of silence, volume and drift that are open. */
  async open(rule?: string): Promise<readonly AlertRow[]> {
    const rows = await this.ledger.alerts({ resolvedSinceMs: Number.MAX_SAFE_INTEGER });
    return rows.filter(
      (row) => row.state !== "resolved" && (rule === undefined ? learntRules.includes(row.rule) : row.rule === rule),
    );
  }

  async close(): Promise<void> {
    await this.watch.stop();
    await this.ledger.close();
  }
}
