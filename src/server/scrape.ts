import { contentTypes, exposition } from "../watch/metrics/exposition.ts";
import type { Family } from "../watch/metrics/family.ts";
import { negotiated } from "../watch/metrics/negotiate.ts";
import { type ProcessFacts, processFacts } from "../world/process-facts.ts";
import { healthOf } from "./health.ts";
import { ledgerFacts } from "./ledger-facts.ts";
import { measuredFamilies } from "./metrics.ts";
import type { AppParts } from "./parts.ts";

/**
 * Answers one scrape: what is so now, and what happened since the process began. It answers also when the ledger does not: who scrapes should see that, and
 * not a process that seems to be down.
 *
 * @param flush writes the refusals that are still to be counted.
 */
export function scraping(parts: AppParts, flush: () => Promise<void>): (accept: string | null) => Promise<Response> {
  const { ledger, integrations, systems, world, meter } = parts;
  const facts: () => ProcessFacts = processFacts();
  const health = healthOf(ledger, world.clock);
  const known = ledgerFacts(ledger, world.clock, { names: () => integrations.keys(), flush });

  async function families(): Promise<Iterable<Family>> {
    const [healthy, inLedger] = await Promise.all([health(), known()]);
    const now = { owner: ledger.facts.owner, release: parts.release ?? "", nowMs: world.clock.now() };
    const measured = { ...now, ledgerUp: healthy === "ok", inLedger, systems: systems.state(), process: facts() };
    return [...measuredFamilies(measured), ...meter.families()];
  }

  return async (accept) => {
    const format = negotiated(accept);
    const headers = { "content-type": contentTypes[format], vary: "accept" };
    return new Response(exposition(await families(), format), { headers });
  };
}
