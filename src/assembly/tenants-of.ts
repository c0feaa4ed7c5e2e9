import type { TenantsDefinition } from "../define/tenants.ts";
import { declared, refuse } from "../model/options.ts";
import type { TenantLists } from "../systems/tenants.ts";
import type { AssembleOptions } from "./assembly.ts";

/** Whether a tenant of this id is in any list, as far as they can be read. */
export async function mayBeTenant(tenants: TenantLists, id: string): Promise<boolean> {
  const found = await Promise.all(
    tenants.state().map(({ name }) =>
      tenants.ids(name).then(
        (ids) => ids.includes(id),
        () => true,
      ),
    ),
  );
  return found.includes(true);
}

/** @throws {WaybillError} `bad-definition` when two have one name: it would be a guess whose secrets are meant. */
export function tenantsOf({ integrations }: AssembleOptions): readonly TenantsDefinition[] {
  const byName = new Map<string, TenantsDefinition>();
  for (const { definition } of integrations) {
    const { per } = definition;
    if (per === undefined) continue;
    const other = byName.get(per.name);
    if (other !== undefined && other !== per)
      refuse(
        declared(`tenants "${per.name}"`),
        "they are declared twice.",
        "Declare them once, in a module of its own, and import that.",
      );
    byName.set(per.name, per);
  }
  return [...byName.values()];
}
