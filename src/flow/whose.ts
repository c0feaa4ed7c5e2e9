import type { Definition } from "../define/definition.ts";
import type { Settlement } from "../ledger/ledger.ts";
import { WaybillError } from "../model/errors.ts";
import type { TenantLists } from "../systems/tenants.ts";
import { settledEarly } from "./reread.ts";
import type { Run } from "./run.ts";

// Whose a record is. Nothing is done for somebody who is not known now: what was taken in waits, and says for whom.

/** Not all of those that wait for one list look again at once. */
const lookAgainMs = 300_000;

/** What becomes of a record whose tenant is not there, or that is of somebody where nobody is told apart any more; undefined for all others. */
export function nobodys(run: Run): Settlement | undefined {
  const why = whyNobodys(run);
  if (why === undefined) return undefined;
  const soon = run.shop.world.random.next() * lookAgainMs + lookAgainMs / 2;
  return settledEarly(run, "waiting", "deferred", why, { nextAtMs: run.nowMs + Math.round(soon) });
}

function whyNobodys({ claimed, definition, tenant, shop }: Run): string | undefined {
  if (tenant === undefined) {
    if (claimed.tenant === "") return undefined;
    return `it is of the tenant "${claimed.tenant}", and "${definition.name}" is no longer per tenant`;
  }
  if (claimed.tenant === "") return `it came before "${definition.name}" was per "${tenant.of}", and is nobody's`;
  return shop.tenants.get(tenant) === undefined ? shop.tenants.whyNot(tenant) : undefined;
}

/**
 * The tenant of what is handed in for an integration.
 *
 * @returns `""` where there are none.
 * @throws {WaybillError} `bad-usage` when it is missing or there are none; `unknown-tenant`; `unavailable` when the list cannot be read.
 */
export async function tenantGiven(
  tenants: Pick<TenantLists, "find" | "whyNot" | "ids">,
  { name, per }: Pick<Definition, "name"> & { readonly per?: Definition["per"] },
  id: string | undefined,
): Promise<string> {
  if (per === undefined) {
    if (id === undefined) return "";
    throw new WaybillError("bad-usage", `"${name}" has no tenants, and one is named.`, "Leave the tenant out.");
  }
  if (id === undefined)
    throw new WaybillError(
      "bad-usage",
      `"${name}" is per "${per.name}", and no tenant is named.`,
      "Name it: { tenant: … } in code, --tenant ID, or ?tenant=ID over HTTP.",
    );
  if ((await tenants.find({ of: per.name, id })) !== undefined) return id;
  // A list that was never read knows nobody, which is no fault of whoever is named.
  await tenants.ids(per.name);
  throw new WaybillError(
    "unknown-tenant",
    `For "${name}", ${tenants.whyNot({ of: per.name, id: id.slice(0, 100) })}.`,
    "Put it in the list, or name another.",
  );
}

/** What a record's own tenant keeps secret is known from then on, also where its destination echoed it. A vault that does not answer is nobody's problem here. */
export async function knowSecretsOfTenant(
  tenants: Pick<TenantLists, "find" | "loadSecrets">,
  integrations: ReadonlyMap<string, { readonly definition: Definition }>,
  { integration, tenant }: { readonly integration: string; readonly tenant: string },
): Promise<void> {
  const per = integrations.get(integration)?.definition.per;
  if (per === undefined || tenant === "") return;
  const ref = { of: per.name, id: tenant };
  if ((await tenants.find(ref).catch(() => undefined)) !== undefined) await tenants.loadSecrets(ref);
}
