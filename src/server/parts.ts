import type { Definition } from "../define/definition.ts";
import type { OptionalSecret, Secret } from "../define/secret.ts";
import type { Inboxes } from "../flow/inboxes.ts";
import type { Intake } from "../flow/intake.ts";
import type { Pauses } from "../flow/pauses.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Emit } from "../model/events.ts";
import type { Systems } from "../systems/port.ts";
import type { Secrets } from "../systems/secrets.ts";
import type { TenantLists } from "../systems/tenants.ts";
import type { Meter } from "../watch/metrics/meter.ts";
import type { World } from "../world/transport.ts";

/** What the server serves. */
export interface AppParts {
  readonly ledger: Ledger;
  readonly integrations: ReadonlyMap<string, { readonly definition: Definition; readonly release: string }>;
  readonly intake: Intake;
  readonly inboxes: Inboxes;
  readonly pauses: Pauses;
  readonly calls: { flush(): Promise<void> };
  readonly systems: Systems;
  readonly secrets: Secrets;
  readonly tenants: TenantLists;
  readonly world: World;
  readonly emit: Emit;
  /** What counts the events, for `/metrics`. */
  readonly meter: Meter;
  /** As the configuration names it. */
  readonly release: string | undefined;
  /** Addresses and ranges of proxies that are believed about whom they pass on. */
  readonly trustedProxies: readonly string[];
  /** What everything except webhooks and `/healthz` asks for. */
  readonly token: Secret | OptionalSecret | undefined;
}
