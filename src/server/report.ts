import { createHash } from "node:crypto";
import { meantIntegration } from "../define/together.ts";
import { WaybillError } from "../model/errors.ts";
import { reportHtml } from "../report/html.ts";
import { makeReport } from "../report/make.ts";
import { checkNames } from "./filter.ts";
import type { AppParts } from "./parts.ts";
import { jsonAnswer, responseOf } from "./problem.ts";
import type { Routes } from "./routes.ts";

/** What `waybill report` shows: as JSON, or as the page for whoever asks for HTML. */
export function mountReport(routes: Routes, parts: AppParts, flush: () => Promise<void>): void {
  const { ledger, integrations, world, secrets } = parts;
  routes.get("/v1/report", async ({ query, request }) => {
    checkNames(query, ["integration", "tenant", "since"]);
    const asked = {
      since: query.get("since") ?? undefined,
      integration: query.get("integration") ?? undefined,
      tenant: query.get("tenant") ?? undefined,
    };
    if (asked.integration !== undefined && !integrations.has(asked.integration)) {
      const definitions = [...integrations.values()].map(({ definition }) => definition);
      throw new WaybillError(
        "unknown-integration",
        `There is no integration ${JSON.stringify(asked.integration.slice(0, 100))}.`,
        meantIntegration(asked.integration, definitions),
      );
    }
    await flush();
    const report = await makeReport(
      { ledger, names: [...integrations.keys()], redact: secrets.redact },
      asked,
      world.clock.now(),
    );
    if (!wantsHtml(request.headers.get("accept"))) return responseOf(jsonAnswer(200, report));
    const { text, style } = reportHtml(report);
    const hash = createHash("sha256").update(style).digest("base64");
    const policy = `default-src 'none'; style-src 'sha256-${hash}'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'`;
    const headers = { "content-type": "text/html; charset=utf-8", "content-security-policy": policy, vary: "accept" };
    return new Response(text, { headers });
  });
}

/** A browser names HTML first; a program that takes anything gets JSON. */
function wantsHtml(accept: string | null): boolean {
  const names = (accept ?? "").split(",").map((one) => one.split(";")[0]?.trim().toLowerCase());
  const html = names.indexOf("text/html");
  const json = names.indexOf("application/json");
  return html >= 0 && (json < 0 || html < json);
}
