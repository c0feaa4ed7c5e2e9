import type { Integration } from "../define/definition.ts";
import { isTenantId } from "../define/tenants.ts";
import { WaybillError } from "../model/errors.ts";
import { rehearsedSecret } from "./night/secrets.ts";

/** More would only be more of the same in a night of fifty records. */
const tenantsMax = 5;

/** An integration as it is rehearsed. */
export interface ForTenants {
  readonly integration: Integration;
  /** Their ids; none where it does not run for tenants. */
  readonly tenants: readonly string[];
}

/**
 * The same integration for the tenants of a rehearsal: those that are given, or the first of its list, and with secrets that are nobody's.
 *
 * @throws {WaybillError} `bad-usage` where its list is a function and nobody is given: asking it would lead out of the rehearsal.
 */
export function forTenants(integration: Integration, given: readonly unknown[] | undefined): ForTenants {
  const { name, definition } = integration;
  const { per } = definition;
  if (per === undefined) return { integration, tenants: [] };
  const from = given ?? (typeof per.list === "function" ? undefined : per.list);
  if (from === undefined)
    throw new WaybillError(
      "bad-usage",
      `"${name}" runs for each of the tenants "${per.name}", and a rehearsal does not ask for their list: that would lead out of it.`,
      'Give it some as your list has them: rehearse(…, { tenants: [{ id: "one" }, { id: "two" }] }), or --tenants FILE, one on each line (JSONL).',
    );
  const list = from.slice(0, tenantsMax);
  const tenants = list.map((tenant, at) => {
    const id = idOf(per, tenant);
    if (isTenantId(id)) return id;
    throw new WaybillError("bad-usage", `Tenant ${at + 1} of the rehearsal has no id of those of "${per.name}".`);
  });
  if (tenants.length === 0) throw new WaybillError("bad-usage", `"${name}" cannot be rehearsed for no tenant at all.`);
  const secrets = Object.fromEntries(Object.keys(per.secrets).map((one) => [one, () => rehearsedSecret(one)]));
  return { integration: { ...integration, definition: { ...definition, per: { ...per, list, secrets } } }, tenants };
}

function idOf({ id }: { readonly id: (tenant: unknown) => unknown }, tenant: unknown): unknown {
  try {
    return id(tenant);
  } catch {
    return undefined;
  }
}
