import type { ServerOptions } from "../define/config.ts";
import type { Definition } from "../define/definition.ts";
import type { Inboxes } from "../flow/inboxes.ts";
import type { Intake } from "../flow/intake.ts";
import type { Pauses } from "../flow/pauses.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Emit } from "../model/events.ts";
import type { FileStatus } from "../sources/files.ts";
import type { PollStatus } from "../sources/poll.ts";
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
  readonly server: ServerOptions;
  /** Polls and files, while this process reads them. */
  readonly sources: () => { readonly polls: readonly PollStatus[]; readonly files: readonly FileStatus[] };
}
