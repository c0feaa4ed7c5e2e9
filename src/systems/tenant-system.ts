import { baseUrlOf } from "../define/base-url.ts";
import type { SystemDefinition } from "../define/system.ts";
import { WaybillError } from "../model/errors.ts";
import { declared } from "../model/options.ts";
import type { TenantRef } from "./tenant-ref.ts";
import type { TenantLists } from "./tenants.ts";

/** What a system is called where each tenant has its own account there: `shop@shop-7`. No system and no tenant has an `@` in its name. */
export function systemOfTenant(system: string, tenant: string): string {
  return `${system}@${tenant}`;
}

/** A system as each tenant has it: its address, and whose account is meant. */
export class TenantSystems {
  readonly #tenants: Pick<TenantLists, "get"> | undefined;
  readonly #resolved = new WeakMap<SystemDefinition, Map<string, { value: unknown; system: SystemDefinition }>>();

  constructor(tenants: Pick<TenantLists, "get"> | undefined) {
    this.#tenants = tenants;
  }

  /**
   * Whose account is meant: undefined where all share one.
   *
   * @throws {WaybillError} `effect-misused` where each tenant has its own and nothing says whose.
   */
  whose({ name, per }: SystemDefinition, ref: TenantRef | undefined): string | undefined {
    if (per === undefined) return undefined;
    if (ref?.of === per.name) return ref.id;
    const problem = ref === undefined ? "has no tenant" : `works for a tenant of "${ref.of}"`;
    throw new WaybillError(
      "effect-misused",
      `The system "${name}" is per "${per.name}", and what calls it ${problem}.`,
      `Say per: ${per.name} where it is called from, too.`,
    );
  }

  /** The system with this tenant's address. @throws {WaybillError} `unknown-tenant`; `bad-configuration` when the address cannot be one. */
  of(system: SystemDefinition, ref: TenantRef | undefined): SystemDefinition {
    const id = this.whose(system, ref);
    if (id === undefined || ref === undefined || system.baseUrlOf === undefined) return system;
    const tenant = this.#tenants?.get(ref);
    if (tenant === undefined)
      throw new WaybillError(
        "unknown-tenant",
        `The tenant "${id}" is not in the list "${ref.of}".`,
        "Its records wait until it is.",
      );
    const known = this.#resolved.get(system) ?? new Map();
    this.#resolved.set(system, known);
    const before = known.get(id);
    if (before !== undefined && before.value === tenant.value) return before.system;
    const thing = declared(`system "${system.name}" for the tenant "${id}"`, "bad-configuration");
    const resolved = { ...system, baseUrl: baseUrlOf(thing, system.baseUrlOf(tenant.value)) };
    known.set(id, { value: tenant.value, system: resolved });
    return resolved;
  }
}
