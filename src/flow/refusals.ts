import type { Definition } from "../define/definition.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { pushFeed, webhookFeeds } from "../sources/feeds.ts";

/** What never became a record, by source and reason, as people and programs see it. */
export interface RefusalView {
  readonly source: string;
  /** Only where it is known whose it would have been. */
  readonly tenant?: string;
  readonly reason: string;
  readonly count: number;
  readonly firstAt: string;
  readonly lastAt: string;
  /** The newest of them: its first lines, without secrets. */
  readonly sample: string;
}

export interface RefusalsFilter {
  readonly source?: string | undefined;
  /** Only what would have been for this integration. */
  readonly integration?: Definition | undefined;
  readonly tenant?: string | undefined;
}

export async function refusalsOf(
  ledger: Ledger,
  { source, integration, tenant: only }: RefusalsFilter,
  redact: (text: string) => string,
): Promise<readonly RefusalView[]> {
  const rows = await ledger.refusals(source);
  const feeds = integration === undefined ? undefined : feedsOf(integration);
  return rows
    .filter((row) => (feeds === undefined || feeds.has(row.source)) && (only === undefined || only === row.tenant))
    .map(({ firstAtMs, lastAtMs, sample, tenant, ...row }) => {
      return {
        ...row,
        ...(tenant === "" ? {} : { tenant }),
        firstAt: iso(firstAtMs),
        lastAt: iso(lastAtMs),
        sample: redact(sample),
      };
    });
}

function feedsOf(integration: Definition): ReadonlySet<string> {
  return new Set([pushFeed(integration).name, ...webhookFeeds([integration]).map(({ name }) => name)]);
}

const iso = (ms: number): string => new Date(ms).toISOString();
