import type { WebhookDefinition } from "../define/source.ts";
import { said } from "../model/errors.ts";
import type { Item } from "./item.ts";
import type { RequestHeaders } from "./proof.ts";
import type { RefusedDelivery } from "./webhook.ts";

/** Whose an item of a verified delivery is by its own account, or why nobody knows. */
export type Whose = { readonly id: string } | { readonly why: string };

/** Asks the webhook's `tenant` about one item. */
export function tenantOfItem(source: WebhookDefinition, item: Item, body: unknown, headers: RequestHeaders): Whose {
  if (item.flaw !== undefined) return { why: `whose it is cannot be read: ${item.flaw.message}` };
  try {
    const id: unknown = source.tenant?.(item.value, { body, headers: headers as Readonly<Record<string, string>> });
    if (typeof id === "string" && id !== "") return { id };
    if (id instanceof Promise) id.catch(() => undefined);
    return {
      why: `tenant returned ${id instanceof Promise ? "a promise" : `a ${id === null ? "null" : typeof id}`}, and an id is expected`,
    };
  } catch (error) {
    return { why: `tenant threw: ${said(error)}` };
  }
}

/** What comes for somebody who is not there. The sender comes again, by when they may be. */
export function unknownTenant(message: string): RefusedDelivery {
  return { kind: "refused", reason: "unknown-tenant", status: 404, message };
}
