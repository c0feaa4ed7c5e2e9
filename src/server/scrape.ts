import { balanceOf } from "../flow/books.ts";
import { exposition, expositionType } from "../watch/metrics/exposition.ts";
import type { Family } from "../watch/metrics/family.ts";
import { type ProcessFacts, processFacts } from "../world/process-facts.ts";
import { measuredFamilies } from "./metrics.ts";
import type { AppParts } from "./parts.ts";

/** Answers one scrape: what is so now, and what happened since the process began. */
export function scraping(parts: AppParts): () => Promise<Response> {
  const { ledger, integrations, systems, world, meter } = parts;
  const facts: () => ProcessFacts = processFacts();

  async function families(): Promise<Iterable<Family>> {
    const [{ integrations: books }, refused, measures, alerts] = await Promise.all([
      balanceOf(ledger, integrations.keys(), undefined),
      ledger.refusals(undefined),
      ledger.measures(),
      ledger.alerts({ resolvedSinceMs: Number.MAX_SAFE_INTEGER }),
    ]);
    const now = { owner: ledger.facts.owner, release: parts.release ?? "", nowMs: world.clock.now() };
    const measured = { ...now, books, refused, measures, alerts, systems: systems.state(), process: facts() };
    return [...measuredFamilies(measured), ...meter.families()];
  }

  return async () => new Response(exposition(await families()), { headers: { "content-type": expositionType } });
}
