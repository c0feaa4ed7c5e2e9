import { assemble } from "../../assembly/assemble.ts";
import type { Assembly } from "../../assembly/assembly.ts";
import type { Disk, DiskFate } from "../../assembly/memory-disk.ts";
import type { Integration } from "../../define/definition.ts";
import type { Emit } from "../../model/events.ts";
import type { Clock } from "../../world/clock.ts";
import type { Random } from "../../world/random.ts";
import type { Transport } from "../../world/transport.ts";

// One process of a night, from its start to its death. When it dies nothing of it runs any more: its timers do not ring, its ledger does not answer, and
// what comes back over the network finds nobody. What it had sent goes on at the other side, and what it had committed is on the disk.

export interface LifeOptions {
  readonly number: number;
  readonly integrations: readonly Integration[];
  readonly release: string;
  readonly disk: Disk;
  readonly clock: (isOver: () => boolean) => Clock;
  readonly random: Random;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly transport: (caller: { readonly clock: Clock; readonly life: number }) => Transport;
  readonly fate: DiskFate;
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

  constructor(options: LifeOptions) {
    this.#options = options;
    this.number = options.number;
    this.clock = options.clock(() => this.over);
  }

  /** Comes up, as `waybill start` does. Never resolves for one that dies before. */
  async begin(): Promise<void> {
    const { integrations, release, disk, random, env, transport, emit, number, fate } = this.#options;
    const { clock } = this;
    const assembly = await assemble({
      integrations,
      release,
      unwatched: true,
      openLedger: async () => disk.open(clock, fate),
      world: { clock, random, env, transport: transport({ clock, life: number }), passing: () => undefined },
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

  /** Nothing of it runs any more, and nobody is told: the night is over. */
  end(): void {
    this.over = true;
    this.up = false;
  }
}
