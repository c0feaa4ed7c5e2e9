import type { Definition } from "../define/definition.ts";
import { tenantsOfSecret } from "../define/secret.ts";
import type { Secrets } from "../systems/secrets.ts";
import { webhookFeeds } from "./feeds.ts";

/** Webhooks that can take nothing, because none of their secrets is set: better said at the start than at the first delivery. */
export function unsetSecrets(definitions: readonly Definition[], secrets: Secrets): readonly string[] {
  return webhookFeeds(definitions).flatMap(({ name, source: { verify } }) => {
    if (verify.kind === "unverified") return [];
    // Which tenant lacks its own is seen when it is needed, and said by `waybill check`.
    if (verify.secrets.some(({ name: secret }) => tenantsOfSecret(secret) !== undefined || isSet(secrets, secret)))
      return [];
    const names = verify.secrets.map((one) => one.name).join(" or ");
    return [`${name}: the secret ${names} is not set, so every sender is told to come again.`];
  });
}

function isSet(secrets: Secrets, name: string): boolean {
  try {
    return secrets.optional(name) !== undefined;
  } catch {
    // A file that cannot be read may be there at the first delivery.
    return false;
  }
}
