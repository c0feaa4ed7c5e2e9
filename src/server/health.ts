import type { Ledger } from "../ledger/ledger.ts";
import type { Clock } from "../world/clock.ts";

/** How the ledger is, as far as was looked lately. */
export type LedgerHealth = "ok" | "failing" | "slow";

/** Anybody may ask, so an answer stands this long: asking costs a commit. */
const standsMs = 5_000;
const waitMs = 1_000;

/** Says how the ledger is, at most one look every few seconds, and without ever waiting long for it. */
export function healthOf(ledger: Ledger, clock: Clock): () => Promise<LedgerHealth> {
  let known: Promise<LedgerHealth> | undefined;
  let lookedAtMs = 0;

  const look = (): Promise<LedgerHealth> =>
    new Promise((resolve) => {
      const cancel = clock.after(waitMs, () => resolve("slow"), { idle: true });
      const say = (health: LedgerHealth): void => {
        cancel();
        resolve(health);
      };
      ledger.probe().then(
        () => say("ok"),
        () => say("failing"),
      );
    });

  return () => {
    const nowMs = clock.monotonic();
    if (known === undefined || nowMs - lookedAtMs >= standsMs) {
      lookedAtMs = nowMs;
      known = look();
    }
    return known;
  };
}
