import type { AccountOf } from "../../ledger/ledger.ts";

/** The command by which a person consents for an account. */
export function connectCommand({ system, tenant }: AccountOf): string {
  return `npx waybill connect ${system}${tenant === "" ? "" : ` --tenant ${tenant}`}`;
}
