import { durationMs } from "../model/duration.ts";
import { WaybillError } from "../model/errors.ts";
import { alertFilters, alertsAsked } from "../watch/alerts/list.ts";
import { alertOf, alertPersons, type Deed, muteMsDefault } from "../watch/alerts/persons.ts";
import { alertView } from "../watch/alerts/view.ts";
import { checkNames } from "./filter.ts";
import { fieldsIn, textAt } from "./move-fields.ts";
import type { AppParts } from "./parts.ts";
import { jsonAnswer, responseOf } from "./problem.ts";
import type { Routes } from "./routes.ts";

/** What the `alerts` commands show and do. */
export function mountAlerts(routes: Routes, { ledger, secrets, world }: AppParts): void {
  const persons = alertPersons(ledger, world.clock);
  const baseUrl = async (): Promise<string | undefined> => (await ledger.bulletin()).serverUrl;

  routes.get("/v1/alerts", async ({ query }) => {
    checkNames(query, [...alertFilters, "all"]);
    const asked = Object.fromEntries(alertFilters.map((name) => [name, query.get(name) ?? undefined]));
    const rows = await alertsAsked(ledger, { ...asked, all: query.get("all") === "true" });
    const base = await baseUrl();
    return responseOf(jsonAnswer(200, { alerts: rows.map((row) => alertView(row, base, secrets.redact)) }));
  });
  routes.get("/v1/alerts/:id", async ({ param }) => {
    const row = await alertOf(ledger, param("id"));
    return responseOf(jsonAnswer(200, alertView(row, await baseUrl(), secrets.redact)));
  });
  for (const [path, what] of [
    ["ack", "acknowledged"],
    ["mute", "muted"],
    ["unmute", "unmuted"],
  ] as const) {
    routes.post(`/v1/alerts/:id/${path}`, async ({ request, param }) => {
      const fields = await fieldsIn(request, path, ["actor", "why", ...(what === "muted" ? ["for"] : [])]);
      const deed: Deed = {
        what,
        actor: textAt(fields, "actor") ?? "api",
        why: textAt(fields, "why"),
        ...(what === "muted" ? { untilMs: world.clock.now() + muteMs(textAt(fields, "for")) } : {}),
      };
      const row = await persons.act(param("id"), deed);
      return responseOf(jsonAnswer(200, alertView(row, await baseUrl(), secrets.redact)));
    });
  }
}

/** How long a mute lasts. @throws {WaybillError} `bad-usage` for what is no length of time. */
export function muteMs(given: string | undefined): number {
  if (given === undefined) return muteMsDefault;
  try {
    return durationMs(given as "1h", "for");
  } catch (error) {
    throw new WaybillError("bad-usage", (error as WaybillError).message, (error as WaybillError).hint);
  }
}
