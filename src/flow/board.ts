import type { Ask, Bulletin, Ledger, Pause, Restore } from "../ledger/ledger.ts";
import { said, WaybillError } from "../model/errors.ts";
import type { Emit } from "../model/events.ts";
import type { Systems } from "../systems/port.ts";
import type { Clock } from "../world/clock.ts";

// Whoever runs the integrations keeps an eye on what is posted on the ledger, and acts on it: pauses systems, answers guests, knows what a restored
// backup left in doubt. It looks at the start and whenever somebody else has written.

export interface Board {
  /** Backups that this ledger was restored from. */
  readonly restores: readonly Restore[];
  /** Reads what is posted, and acts on it. Never rejects: a ledger that fails is somebody's to tell already, and is asked again. */
  look(): Promise<void>;
}

export interface BoardParts {
  readonly ledger: Pick<Ledger, "bulletin" | "post" | "isSteward">;
  readonly systems: Pick<Systems, "pause" | "heed">;
  readonly clock: Clock;
  readonly emit: Emit;
  /** A guest asks for something; told once for each. */
  readonly onAsk: (ask: Ask) => void;
  /** After each look. */
  readonly onLooked: () => void;
}

export function watchBoard({ ledger, systems, clock, emit, onAsk, onLooked }: BoardParts): Board {
  let known: Bulletin = { pauses: [], stops: [], restores: [], asks: [], serverUrl: undefined };
  /** Told already. One of several answers what is asked. */
  const told = new Set<number>();
  let looking: Promise<void> | undefined;
  let again = false;

  function act(now: Bulletin): void {
    const before = known;
    known = now;
    const named = (of: Pause["kind"]): ReadonlySet<string> =>
      new Set(now.pauses.filter(({ kind }) => kind === of).map(({ name }) => name));
    systems.pause(named("system"), named("tenant"));
    systems.heed(now.stops);
    for (const { kind, name, actor, why } of now.pauses)
      if (!has(before.pauses, kind, name)) emit({ event: "paused", kind, name, actor, why });
    for (const { kind, name } of before.pauses)
      if (!has(now.pauses, kind, name)) emit({ event: "resumed", kind, name });
    for (const restore of now.restores)
      if (!before.restores.some(({ epoch }) => epoch === restore.epoch)) emit({ event: "restored", ...restore });
    for (const ask of now.asks) {
      if (ask.answer !== undefined || told.has(ask.ask) || !ledger.isSteward()) continue;
      told.add(ask.ask);
      onAsk(ask);
    }
    for (const ask of told) if (!now.asks.some((one) => one.ask === ask)) told.delete(ask);
  }

  /** A system sends records away until this process knows that it is resumed: those are due now, too. */
  async function hurry(before: Bulletin, now: Bulletin): Promise<void> {
    for (const { kind, name } of before.pauses)
      if (kind !== "integration" && !has(now.pauses, kind, name))
        await ledger.post({ post: "hurry", kind, name, atMs: clock.now() });
  }

  async function look(): Promise<void> {
    do {
      again = false;
      try {
        const before = known;
        const now = await ledger.bulletin();
        act(now);
        await hurry(before, now);
        onLooked();
      } catch (error) {
        if (error instanceof WaybillError && error.code === "ledger-closed") return;
        emit({
          event: "ledger.failed",
          code: error instanceof WaybillError ? error.code : "ledger-failed",
          why: said(error),
        });
      }
    } while (again);
  }

  return {
    get restores() {
      return known.restores;
    },
    look() {
      // Who asks while a look is under way may have written after it began.
      again = true;
      looking ??= look().finally(() => {
        looking = undefined;
      });
      return looking;
    },
  };
}

function has(pauses: readonly Pause[], kind: Pause["kind"], name: string): boolean {
  return pauses.some((one) => one.kind === kind && one.name === name);
}
