import type { Ledger } from "../ledger/ledger.ts";
import type { World } from "../world/transport.ts";
import type { Keeps } from "./keeps.ts";
import { lendsFrom } from "./lends.ts";
import { reservesFrom } from "./reserve.ts";

/** What one tenant's account keeps, under the names of both. */
export function keepsOf(
  { reserves, lends, post, probe, callIn }: Keeps,
  of: { readonly system: string; readonly tenant: string },
): Keeps {
  return {
    tenant: of.tenant,
    reserves: { of: (name, span, waits) => reserves.of({ ...name, ...of }, span, waits) },
    lends: lends && { of: (name, limit, waits) => lends.of({ ...name, ...of }, limit, waits) },
    post: (notice) => post({ ...notice, ...of }),
    probe: probe && ((notice) => probe({ ...notice, ...of })),
    callIn,
  };
}

/** What gates keep in a ledger. */
export function keepsIn(
  ledger: Pick<Ledger, "reserve" | "lend" | "post" | "facts">,
  { clock, random }: Pick<World, "clock" | "random">,
  onCalledIn: () => void,
): Keeps {
  const holder = random.uuid();
  return {
    tenant: "",
    reserves: reservesFrom(ledger, clock, holder),
    lends: ledger.facts.fleet ? lendsFrom(ledger, clock, holder) : undefined,
    // What cannot be written down now is told again by the next answer.
    post: (notice) =>
      ledger.post(notice).then(
        () => undefined,
        () => undefined,
      ),
    probe: ledger.facts.fleet ? (notice) => ledger.post(notice).catch(() => false) : undefined,
    callIn: (records) =>
      void ledger.post({ post: "call-in", records, atMs: clock.now() }).then(onCalledIn, () => undefined),
  };
}
