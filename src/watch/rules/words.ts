import { countMax } from "../../ledger/alerts.ts";

/** `1 record`, `12 records`, `at least 100000 records`. */
export function countText(count: number, what: string): string {
  const text = count === 1 ? `1 ${what}` : `${count} ${what}s`;
  return count >= countMax ? `at least ${text}` : text;
}

/** `orders`, `orders (tenant shop-7)`. */
export function ofWhom(integration: string, tenant: string): string {
  return tenant === "" ? integration : `${integration} (tenant ${tenant})`;
}

/** The option that names a tenant, where there is one. */
export function tenantWords(tenant: string): readonly string[] {
  return tenant === "" ? [] : ["--tenant", tenant];
}
