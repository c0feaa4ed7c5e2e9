import { makeReport } from "../../report/make.ts";
import { alertsAsked } from "../../watch/alerts/list.ts";
import { checkNames } from "../filter.ts";
import type { Tickets } from "../forms.ts";
import { forPages, ledgerFacts } from "../ledger-facts.ts";
import type { AppParts } from "../parts.ts";
import type { Asked, Routes } from "../routes.ts";
import { alert, alerts } from "./alerts.ts";
import { assetAnswer } from "./assets.ts";
import { decide } from "./decide.ts";
import { mountDeeds } from "./deeds.ts";
import { drift } from "./drift.ts";
import { editPage } from "./edit.ts";
import { type Page, pageAnswer, type SeeingFor, type Seen } from "./frame.ts";
import { Hours } from "./hours.ts";
import { inboxesPage } from "./inboxes.ts";
import { Live } from "./live.ts";
import { overview } from "./overview.ts";
import { pauseKinds, pausePage } from "./pauses.ts";
import { record } from "./record.ts";
import { records } from "./records.ts";
import { sources } from "./sources.ts";
import { systems } from "./systems.ts";
import { Weeks, week } from "./week.ts";

/** What pages ask for besides themselves: open to all, since the page on which one signs in asks for it too. */
export function mountAssets(routes: Routes): void {
  routes.get(
    "/assets/:hash/:name",
    ({ param }) => assetAnswer(param("hash"), param("name")) ?? new Response(null, { status: 404 }),
  );
}

export interface DashboardTools {
  readonly tickets: Tickets;
  readonly seeing: SeeingFor;
  /** Writes the refusals that are still to be counted. */
  flush(): Promise<void>;
}

/** The pages for people. Whoever asks has been admitted. */
export function mountDashboard(routes: Routes, parts: AppParts, { tickets, seeing, flush }: DashboardTools): Live {
  const { ledger, integrations, secrets, world } = parts;
  const facts = ledgerFacts(ledger, world.clock, { names: () => integrations.keys(), flush }, forPages);
  const weeks = new Weeks(world.clock, (since) =>
    makeReport({ ledger, names: [...integrations.keys()], redact: secrets.redact }, { since }, world.clock.now()),
  );
  const hours = new Hours(ledger, world.clock);
  const page = (path: string, made: (seen: Seen, asked: Asked) => Promise<Page>): void =>
    routes.get(path, async (asked) => {
      const seen = seeing(asked.request, asked.visitor);
      return pageAnswer(seen, await made(seen, asked));
    });

  page("/", async (seen) => overview(parts, seen, { hours, facts: await facts() }));
  page("/records", (seen, { query }) => records(parts, seen, query));
  page("/records/:record", (seen, { param }) => record(parts, seen, param("record")));
  page("/records/:record/content", (seen, { param }) => editPage(parts, seen, param("record")));
  page("/inboxes", (seen, { query }) => inboxesPage(parts, seen, query));
  page("/inboxes/:inbox", (seen, { param, query }) => decide(parts, seen, param("inbox"), query));
  page("/alerts", (seen) => alerts(parts, seen));
  page("/alerts/:id", (seen, { param }) => alert(parts, seen, param("id")));
  page("/systems", (seen, { query }) => systems(parts, seen, hours, query));
  for (const [place, kind] of pauseKinds)
    page(`/${place}/:name`, (seen, { param }) => pausePage(parts, seen, kind, param("name")));
  page("/sources", async (seen) => {
    await flush();
    return sources(parts, seen);
  });
  page("/drift", (seen) => drift(parts, seen));
  page("/week", async (_seen, { query }) => {
    checkNames(query, ["since"]);
    await flush();
    return week(await weeks.since(query.get("since") ?? undefined));
  });
  const live = new Live({
    clock: world.clock,
    look: async () => {
      const [known, open, pauses, counted] = await Promise.all([
        facts(),
        alertsAsked(ledger, {}),
        parts.pauses.list(),
        hours.version(),
      ]);
      return JSON.stringify([
        known?.books,
        open,
        pauses,
        counted,
        parts.systems.state().map(({ inFlight: _inFlight, latency: _latency, ...rest }) => rest),
      ]);
    },
  });
  // Of a request for the head alone nobody reads what follows, so nothing would ever end it.
  routes.get("/live", ({ request }) => (request.method === "HEAD" ? new Response(null) : live.follow()));
  mountDeeds(routes, parts, { tickets, seeing });
  return live;
}
