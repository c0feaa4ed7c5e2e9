import { type Declared, refuse } from "../model/options.ts";
import { checkWhose, secretsIn, tenantsOfSecret } from "./secret.ts";
import type { SourceDefinition, WebhookDefinition } from "./source.ts";
import type { TenantsDefinition } from "./tenants.ts";
import { isPerPath } from "./webhook.ts";

/**
 * Whose a record is has to be known before anything is kept of it: by the path, by what was verified, or by whoever was asked. Refuses sources that leave
 * it open, and those that tell tenants apart where there are none.
 */
export function checkSourcesPer(
  thing: Declared,
  sources: readonly SourceDefinition[],
  per: TenantsDefinition | undefined,
): void {
  for (const source of sources) {
    if (source.kind === "webhook") checkWebhook(thing, source, per);
    if (source.kind === "poll" && source.per !== per) refusePoll(thing, source.per, per);
    if (source.kind === "file" && per !== undefined) {
      const hint =
        "Read the files in an integration without tenants, or send their rows: waybill send NAME FILE --format csv --tenant ID.";
      refuse(thing, `it is per "${per.name}", and a file does not say whose its rows are.`, hint);
    }
  }
}

function checkWebhook(thing: Declared, source: WebhookDefinition, per: TenantsDefinition | undefined): void {
  const what = `webhook("${source.path}")`;
  const byPath = isPerPath(source.path);
  const says = byPath || source.tenant !== undefined;
  if (per === undefined && says)
    refuse(thing, `${what} says whose its records are, and the integration has no tenants.`, "Say per: shops.");
  if (per !== undefined && !says) {
    const hint = 'Let the path say it, webhook("/t/:tenant/orders", …); or tenant: (order) => order.shop.';
    refuse(thing, `it is per "${per.name}", and ${what} does not say whose its records are.`, hint);
  }
  checkWhose(thing, `${what}: verify`, source.verify, per);
  // Before the signature is checked nobody vouches for what stands in the body.
  const each = secretsIn(source.verify).some(({ name }) => tenantsOfSecret(name) !== undefined);
  if (each && !byPath) {
    const hint =
      'Let the path name the tenant, webhook("/t/:tenant/…", …), or verify by a secret that is the same for all.';
    refuse(
      thing,
      `${what} verifies by a secret of the tenant, and who that is stands in what is not verified yet.`,
      hint,
    );
  }
}

function refusePoll(thing: Declared, polled: TenantsDefinition | undefined, per: TenantsDefinition | undefined): never {
  if (per === undefined)
    refuse(thing, `its poll is per "${polled?.name}", and the integration is not.`, `Say per: ${polled?.name}.`);
  const found = polled === undefined ? "its poll is not" : `its poll is per "${polled.name}"`;
  refuse(
    thing,
    `it is per "${per.name}", and ${found}.`,
    `poll({ per: ${per.name}, … }) asks each of them, with a cursor of its own.`,
  );
}
