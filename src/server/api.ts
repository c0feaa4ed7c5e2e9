import { meantIntegration } from "../define/together.ts";
import { balanceOf } from "../flow/books.ts";
import { callsOf, callsOfRecord } from "../flow/call-views.ts";
import { exportLines } from "../flow/export.ts";
import type { Many } from "../flow/inbox-many.ts";
import { pauseView } from "../flow/pauses.ts";
import { type Probed, probe } from "../flow/probe.ts";
import { refusalsOf } from "../flow/refusals.ts";
import { groupView, type Redact, recordView, wholeView } from "../flow/views.ts";
import { knowSecretsOfTenant } from "../flow/whose.ts";
import { workersOf } from "../flow/workers.ts";
import { didYouMean } from "../model/did-you-mean.ts";
import { WaybillError } from "../model/errors.ts";
import { mountAlerts } from "./alerts.ts";
import { callFilterOf, checkNames, filterOf, filterOfAll } from "./filter.ts";
import { forgetAsked } from "./forget.ts";
import { handIn } from "./hand-in.ts";
import { fieldsIn, flagAt } from "./move-fields.ts";
import { actions, inboxActions, isAction, makeManyMoves, makeMove, personIn, unknownAction } from "./moves.ts";
import type { AppParts } from "./parts.ts";
import { jsonAnswer, responseOf } from "./problem.ts";
import type { Refusals } from "./refusals.ts";
import { mountReport } from "./report.ts";
import type { Routes } from "./routes.ts";

/** The operations API: what the commands show and do, as the same JSON. */
export function mountApi(routes: Routes, parts: AppParts, refusals: Refusals): void {
  const { ledger, inboxes, integrations, world } = parts;
  const { redact } = parts.secrets;
  const shown = (value: unknown): Response => responseOf(jsonAnswer(200, value));

  routes.get("/v1/balance", async ({ query }) => {
    checkNames(query, ["integration", "tenant"]);
    const only = query.get("integration") ?? undefined;
    const tenant = query.get("tenant") ?? undefined;
    await refusals.flush();
    const balance = await balanceOf(ledger, integrations.keys(), only, tenant);
    if (only !== undefined && tenant === undefined && balance.integrations.length === 0)
      throw unknownIntegration(parts, only);
    const paused = await parts.pauses.list();
    return shown({ ...balance, ...(paused.length === 0 ? {} : { paused: paused.map(pauseView) }) });
  });
  routes.get("/v1/records", async ({ query }) => {
    const { rows, next } = await ledger.find(filterOf(query, world.clock.now()));
    return shown({ records: rows.map((row) => recordView(row, redact)), next: next ?? null });
  });
  routes.get("/v1/records/:record", async ({ param }) => {
    const record = param("record");
    const whole = await ledger.record(record);
    if (whole === undefined) throw unknownRecord(record);
    await knowSecretsOfTenant(parts.tenants, integrations, whole);
    await parts.calls.flush();
    return shown({ ...wholeView(whole, redact), calls: await callsOfRecord(ledger, record, redact) });
  });
  routes.get("/v1/calls", async ({ query }) => {
    await parts.calls.flush();
    return shown(await callsOf(ledger, callFilterOf(query, world.clock.now()), redact));
  });
  routes.get("/v1/export", ({ query }) => {
    const filter = filterOfAll(query, world.clock.now(), ["raw"]);
    const lines = exportLines(ledger, filter, {
      raw: query.get("raw") === "true",
      redact,
      onWhole: (whole) => knowSecretsOfTenant(parts.tenants, integrations, whole),
    });
    const headers = { "content-type": "application/x-ndjson; charset=utf-8" };
    return new Response(ReadableStream.from(encoded(lines)) as ReadableStream<Uint8Array>, { headers });
  });
  for (const [path, { state, actions: possible }] of Object.entries(inboxActions)) {
    routes.get(`/v1/${path}`, async ({ query }) => {
      checkNames(query, ["integration", "tenant"]);
      const all = await ledger.rules([state], query.get("integration") ?? undefined);
      const groups = all.filter(({ tenant }) => !query.has("tenant") || tenant === query.get("tenant"));
      return shown({ groups: groups.map((group) => groupView(group, redact)) });
    });
    routes.post(`/v1/${path}/:action`, async ({ request, param }) => {
      const action = param("action");
      if (!isAction(action, possible)) throw unknownAction(action, didYouMean(action, possible, "actions"));
      const many = await makeManyMoves({ inboxes, ledger, nowMs: world.clock.now() }, state, action, request);
      return shown(shownMany(many, redact));
    });
  }
  routes.get("/v1/pauses", async () => shown({ paused: (await parts.pauses.list()).map(pauseView) }));
  for (const [path, kind] of [
    ["integrations", "integration"],
    ["systems", "system"],
    ["tenants", "tenant"],
  ] as const) {
    for (const act of ["pause", "resume"] as const) {
      routes.post(`/v1/${path}/:name/${act}`, async ({ request, param }) =>
        shown(await parts.pauses[act](param("name"), kind, await personIn(request, act))),
      );
    }
  }
  routes.get("/v1/systems", ({ query }) => {
    checkNames(query, ["tenant"]);
    const systems = parts.systems
      .state()
      .filter(({ tenant }) => !query.has("tenant") || tenant === query.get("tenant"));
    return shown({ systems });
  });
  routes.post("/v1/systems/:name/probe", async ({ request, param, query }) => {
    checkNames(query, ["tenant"]);
    const tenant = query.get("tenant") ?? undefined;
    const anyway = flagAt(await fieldsIn(request, "probe", ["anyway"]), "anyway");
    return shown(redacted(await probe(parts, param("name"), anyway ? "anyway" : "politely", tenant), redact));
  });
  routes.get("/v1/workers", async () => shown({ workers: await workersOf(ledger) }));
  routes.get("/v1/refusals", async ({ query }) => {
    checkNames(query, ["source", "integration", "tenant"]);
    await refusals.flush();
    const only = query.get("integration") ?? undefined;
    const integration = only === undefined ? undefined : integrations.get(only)?.definition;
    if (only !== undefined && integration === undefined) throw unknownIntegration(parts, only);
    const source = query.get("source") ?? undefined;
    return shown({
      refusals: await refusalsOf(ledger, { source, integration, tenant: query.get("tenant") ?? undefined }, redact),
    });
  });

  mountAlerts(routes, parts);
  mountReport(routes, parts, async () => {
    await refusals.flush();
  });
  routes.post("/v1/forget", async ({ request }) =>
    shown(await forgetAsked(request, parts, (name) => unknownIntegration(parts, name))),
  );
  routes.post("/v1/integrations/:name/records", async ({ request, param, query }) => {
    const name = param("name");
    const known = integrations.get(name);
    if (known === undefined) throw unknownIntegration(parts, name);
    checkNames(query, ["tenant"]);
    return responseOf(await handIn(request, known.definition, parts, refusals, query.get("tenant") ?? undefined));
  });
  routes.post("/v1/records/:record/:action", async ({ request, param }) => {
    const action = param("action");
    if (!isAction(action)) throw unknownAction(action, didYouMean(action, actions, "actions"));
    return shown(await makeMove(inboxes, action, param("record"), request));
  });
}

async function* encoded(lines: AsyncIterable<string>): AsyncGenerator<Uint8Array, void> {
  const encoder = new TextEncoder();
  for await (const line of lines) yield encoder.encode(line);
}

/** What is said of records may quote what they hold. */
function shownMany(many: Many, redact: Redact): Many {
  return { ...many, failures: many.failures.map((one) => ({ ...one, message: redact(one.message) })) };
}

/** An answer's own words may quote what was sent. */
function redacted(probed: Probed, redact: Redact): Probed {
  return { ...probed, why: probed.why === null ? null : redact(probed.why) };
}

function unknownRecord(record: string): WaybillError {
  return new WaybillError(
    "unknown-record",
    `There is no record "${record.slice(0, 100)}".`,
    "GET /v1/records lists them.",
  );
}

function unknownIntegration({ integrations }: AppParts, name: string): WaybillError {
  const definitions = [...integrations.values()].map(({ definition }) => definition);
  return new WaybillError(
    "unknown-integration",
    `There is no integration "${name.slice(0, 100)}".`,
    meantIntegration(name, definitions),
  );
}
