import type { Ledger } from "../ledger/ledger.ts";
import type { Emit } from "../model/events.ts";
import type { Secrets } from "../systems/secrets.ts";
import { createWatch, type Watch } from "../watch/alerts/watch.ts";
import { rules } from "../watch/rules/index.ts";
import type { World } from "../world/transport.ts";

export interface WatchOver {
  readonly ledger: Ledger;
  readonly world: World;
  readonly secrets: Pick<Secrets, "redact">;
  readonly emit: Emit;
}

/** Puts together what watches: where each part of an observation comes from, and to whom news go. */
export function watchOver({ ledger, world, secrets, emit }: WatchOver): Watch {
  const { clock } = world;
  const upSinceMs = clock.now();
  let baseUrl: string | undefined;
  return createWatch({
    ledger,
    clock,
    emit,
    rules,
    redact: secrets.redact,
    baseUrl: () => baseUrl,
    tell: undefined,
    async observe() {
      const [overview, bulletin] = await Promise.all([ledger.overview(), ledger.bulletin()]);
      baseUrl = bulletin.serverUrl;
      return { nowMs: clock.now(), upSinceMs, ledger: overview };
    },
  });
}
