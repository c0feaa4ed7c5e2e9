import { assemble } from "../../assembly/assemble.ts";
import type { Assembly } from "../../assembly/assembly.ts";
import type { Disk, DiskFate } from "../../assembly/memory-disk.ts";
import type { Integration } from "../../define/definition.ts";
import type { Emit } from "../../model/events.ts";
import type { Clock } from "../../world/clock.ts";
import type { Random } from "../../world/random.ts";
import type { Transport } from "../../world/transport.ts";
import type { Caller } from "./network.ts";
import { Standstill } from "./standstill.ts";

// One process of a night, from its start to its death. When it dies nothing of it runs any more: its timers do not ring, its ledger does not answer, and
// what comes back over the network finds nobody. What it had sent goes on at the other side, and what it had committed is on the disk. It may also stand
// still for a while, and come back (standstill.ts).

export interface LifeOptions {
  readonly number: number;
  /** @param back tells it something that comes from outside, once it runs. */
  readonly integration: (back: (task: () => void) => void) => Integration;
  readonly release: string;
  readonly disk: Disk;
  readonly clock: (isOver: () => boolean) => Clock;
  readonly random: Random;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly transport: (caller: Caller) => Transport;
  readonly fate: Pick<DiskFate, "before" | "after">;
  /** Of the night itself. */
  readonly night: Clock;
  /** Whether another process has its place. */
  readonly isLost: () => boolean;
  readonly emit: Emit;
  readonly onDeath: () => void;
}

export class Life {
  readonly number: number;
  over = false;
  assembly: Assembly | undefined;
  /** It takes deliveries. */
  up = false;
  readonly #options: LifeOptions;
  readonly clock: Clock;
  readonly standstill: Standstill;

  constructor(options: LifeOptions) {
    this.#options = options;
    this.number = options.number;
    this.standstill = new Standstill({
      night: options.night,
      isLost: options.isLost,
      onEnd: () => void this.#stop(),
    });
    this.clock = this.standstill.clock(options.clock(() => this.over));
  }

  /** Comes up, as `waybill start` does. Never resolves for one that dies before. */
  async begin(): Promise<void> {
    const { integration, release, disk, random, env, transport, emit, number, fate } = this.#options;
    const { clock, standstill } = this;
    const back = (task: () => void): void => standstill.whenItRuns(task);
    const assembly = await assemble({
      integrations: [integration(back)],
      release,
      unwatched: true,
      noFiles: true,
      openLedger: async () =>
        disk.open(clock, {
          ...fate,
          runsAgain: () => standstill.runsAgain(),
          leaseLeftMs: () => standstill.leaseLeftMs(),
          onLost: (listener) => standstill.onLost(listener),
        }),
      world: { clock, random, env, transport: transport({ clock, life: number, back }), passing: () => undefined },
      emit: (event) => this.over || emit(event),
    });
    this.assembly = assembly;
    await assembly.start();
    this.up = true;
  }

  die(): void {
    if (this.over) return;
    this.end();
    this.#options.onDeath();
  }

  /** Another one has its place: it stops, and knows nothing more to do. */
  async #stop(): Promise<void> {
    await this.assembly?.stop({ graceMs: 0 });
    this.end();
  }

  /** Nothing of it runs any more, and nobody is told: the night is over. */
  end(): void {
    this.over = true;
    this.up = false;
  }
}
