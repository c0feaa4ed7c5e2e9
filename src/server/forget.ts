import { type ForgetResult, forgetEntity } from "../flow/forget.ts";
import { fieldsIn, flagAt, textAt, usage } from "./move-fields.ts";
import type { AppParts } from "./parts.ts";

/** What `forget` does: `{"entity": "ada@example.org", "why": "request of 3 May"}`; with `dryRun` only what it would. */
export async function forgetAsked(
  request: Request,
  { ledger, inboxes, integrations, calls, world }: AppParts,
  unknownIntegration: (name: string) => Error,
): Promise<ForgetResult> {
  const known = ["entity", "integration", "tenant", "anyway", "dryRun", "actor", "why"];
  const fields = await fieldsIn(request, "forget", known);
  const [entity, integration, why] = [textAt(fields, "entity"), textAt(fields, "integration"), textAt(fields, "why")];
  const dryRun = flagAt(fields, "dryRun");
  if (entity === undefined) throw usage("Who is to be forgotten?", 'Say "entity", as GET /v1/records shows it.');
  if (integration !== undefined && !integrations.has(integration)) throw unknownIntegration(integration);
  if (why === undefined && !dryRun) throw usage("Forgetting asks for a reason.", 'Say "why": it is kept with "actor".');
  const person = { actor: textAt(fields, "actor") ?? "api", why };
  const options = { entity, integration, tenant: textAt(fields, "tenant"), anyway: flagAt(fields, "anyway"), dryRun };
  // What was sent within the last second is still to be written.
  await calls.flush();
  return forgetEntity({ ledger, inboxes, clock: world.clock }, person, options);
}
