import { type Lent, lend, nothingLent } from "../../src/ledger/desk/lending.ts";
import { wayMs } from "../../src/ledger/lending.ts";
import type { Lendable } from "../../src/systems/lender.ts";
import { lendsFrom } from "../../src/systems/lends.ts";
import type { LentWindow } from "../../src/systems/lent-window.ts";
import type { Clock } from "../../src/world/clock.ts";
import { seededRandom } from "../../src/world/random.ts";
import { virtualClock } from "../world/virtual-clock.ts";

// Workers that share a limit, each with a clock of its own that is wrong, a ledger some way off, and a destination that remembers when it saw each call.
// Everybody always has something to send.

export interface FleetOptions {
  readonly limit: Lendable;
  readonly seed: number;
  readonly forMs: number;
  readonly workers?: number;
  /** One of them is killed so often, and another one comes. */
  readonly killEveryMs?: number;
  /** How long an exchange takes, there and back, and a call. */
  readonly exchangeMs?: readonly [number, number];
  readonly callMs?: readonly [number, number];
  /** Of a thousand exchanges so many take a second longer, and so many are lost with their answers. */
  readonly stalledPerMille?: number;
  readonly lostPerMille?: number;
}

export interface Seen {
  readonly atMs: number;
  readonly points: number;
}

export async function fleet(options: FleetOptions): Promise<{ readonly seen: readonly Seen[]; exchanges: number }> {
  const { limit, seed, forMs, workers = 3, killEveryMs, exchangeMs = [1, 10], callMs = [5, 20] } = options;
  const { stalledPerMille = 0, lostPerMille = 0 } = options;
  const clock = virtualClock();
  const random = seededRandom(seed);
  const between = ([least, most]: readonly [number, number]): number => least + random.next() * (most - least);
  const seen: Seen[] = [];
  let stands: Lent = nothingLent;
  let exchanges = 0;

  function hire(): () => void {
    let alive = true;
    const aheadMs = between([-60_000, 60_000]);
    const own: Clock = { ...clock, monotonic: () => clock.monotonic() + aheadMs };
    const way = (): Promise<void> => new Promise((there) => clock.after(between(exchangeMs) / 2, there));
    const lends = lendsFrom(
      {
        async lend(ask) {
          await way();
          if (random.next() * 1_000 < stalledPerMille) await new Promise<void>((later) => clock.after(1_000, later));
          exchanges += 1;
          const { lent, answer } = lend(JSON.parse(JSON.stringify(stands)), ask, clock.now());
          stands = lent;
          await way();
          if (random.next() * 1_000 < lostPerMille) throw new Error("lost");
          return alive ? answer : await new Promise(() => undefined);
        },
      },
      own,
      random.uuid(),
    );
    const name = { system: "s", tenant: "", name: "rate", key: "" };
    let cancel = (): void => undefined;
    const meter: LentWindow = lends.of(name, limit, { pump: () => send() });

    function send(): void {
      if (!alive) return;
      cancel();
      while (meter.free(own.monotonic(), 1) > 0) call();
      const atMs = meter.freeAt(own.monotonic(), 1);
      if (Number.isFinite(atMs)) cancel = clock.after(Math.ceil(atMs - own.monotonic()), send);
    }

    function call(): void {
      meter.take(1);
      const takesMs = between(callMs);
      const seenAt = random.next();
      let ended = false;
      // Between the permit and the write there is some work.
      clock.after(random.next() * 2, () => {
        if (!alive) return;
        if (!meter.maySend(own.monotonic())) return void meter.unsent(1);
        clock.after(Math.min(wayMs, seenAt * takesMs), () => {
          if (alive || !ended) seen.push({ atMs: clock.monotonic(), points: 1 });
        });
        clock.after(takesMs, () => {
          ended = true;
          if (!alive) return;
          meter.end(own.monotonic(), 1, 1);
          send();
        });
      });
    }

    send();
    return () => {
      alive = false;
    };
  }

  const hands = Array.from({ length: workers }, hire);
  for (let atMs = 0; atMs < forMs; atMs += killEveryMs ?? forMs) {
    await clock.pass(killEveryMs ?? forMs);
    if (killEveryMs === undefined) break;
    hands.splice(Math.floor(random.next() * hands.length), 1)[0]?.();
    clock.after(500, () => hands.push(hire()));
  }
  return { seen, exchanges };
}
