import type { CallsOptions } from "../define/calls.ts";
import type { Config, Keep, ServerOptions } from "../define/config.ts";
import type { Definition, Integration } from "../define/definition.ts";
import type { WatchOptions } from "../define/watch.ts";
import type { Inboxes } from "../flow/inboxes.ts";
import type { Intake } from "../flow/intake.ts";
import type { OutboxDrain } from "../flow/outbox.ts";
import type { Pauses } from "../flow/pauses.ts";
import type { Retention } from "../flow/retention.ts";
import type { Ledger, OpenOptions } from "../ledger/ledger.ts";
import type { Emit } from "../model/events.ts";
import type { App } from "../server/app.ts";
import type { Exhaustible } from "../sources/exhaust.ts";
import type { Files } from "../sources/files.ts";
import type { Polls } from "../sources/poll.ts";
import type { Systems } from "../systems/port.ts";
import type { KnowingSecrets } from "../systems/secrets.ts";
import type { TenantLists } from "../systems/tenants.ts";
import type { Watch } from "../watch/alerts/watch.ts";
import type { Channels } from "../watch/channels/channels.ts";
import type { Post } from "../watch/channels/post.ts";
import type { World } from "../world/transport.ts";

export const ledgerDefault = "sqlite:.waybill/ledger.db";

/** One integration, with the name of this version of its code. */
export interface Known {
  readonly definition: Definition;
  readonly release: string;
}

/** Opens the ledger that an address names. */
export type OpenLedger = (options: OpenOptions, world: Pick<World, "clock" | "random">) => Promise<Ledger>;

export interface AssembleOptions {
  readonly integrations: readonly Integration[];
  readonly ledger?: string;
  /** How it is opened; by its address, in a thread or over the network, by default. */
  readonly openLedger?: OpenLedger;
  readonly server?: ServerOptions;
  readonly alerts?: Config["alerts"];
  readonly heartbeat?: Config["heartbeat"];
  readonly keep?: Keep;
  readonly calls?: CallsOptions;
  readonly watch?: WatchOptions;
  readonly report?: Config["report"];
  readonly release?: string;
  /** By integration, where each has its own. */
  readonly releases?: ReadonlyMap<string, string>;
  readonly world?: World;
  readonly emit?: Emit;
  /** Nothing but `emit` reads the events: for rehearsals, and for measuring what watching costs. */
  readonly unwatched?: boolean;
  /** Refuse to create a ledger that is not there. */
  readonly mustExist?: boolean;
  /** What the globs of file sources are relative to; the working directory by default. */
  readonly folder?: string;
  /** No folder is looked at: what files would bring is handed in, as in a rehearsal. */
  readonly noFiles?: boolean;
}

/** Everything of one Waybill, for the command line, the server and tests. */
export interface Assembly {
  readonly ledger: Ledger;
  readonly integrations: ReadonlyMap<string, Known>;
  readonly intake: Intake;
  readonly inboxes: Inboxes;
  readonly pauses: Pauses;
  readonly retention: Retention;
  readonly systems: Systems;
  readonly secrets: KnowingSecrets;
  /** What went to other systems and what came back: what waits is written first. */
  readonly calls: { flush(): Promise<void> };
  readonly tenants: TenantLists;
  readonly world: World;
  readonly emit: Emit;
  readonly app: App;
  /** Whom alerts are told. */
  readonly channels: Channels;
  readonly post: Post;
  /** What is declared and does nothing in this version. */
  readonly inactive: readonly string[];
  readonly running: boolean;
  /** Takes the ledger over, and reads sources and delivers until it is stopped. @throws {WaybillError} `ledger-owned`. */
  start(options?: StartWith): Promise<void>;
  /** Takes nothing new, finishes what is under way for at most `graceMs` (10 s), and closes. What is not finished goes on after the next start. */
  stop(options?: { readonly graceMs?: number }): Promise<void>;
  known(name: string): Known;
  settled(name: string | undefined, timeoutMs: number): Promise<void>;
  polls(): Polls | undefined;
  files(): Files | undefined;
  /** What takes in what was sent within transactions, once it is started. */
  outbox(): OutboxDrain | undefined;
  /** What looks for what is wrong, once it is started. */
  watch(): Watch | undefined;
  /** Sources that can be read to their end, once it is started. */
  sources(): readonly Exhaustible[];
}

export interface StartWith {
  /** Only this integration is delivered, and its sources are read only when they are asked to be. */
  readonly only?: string;
}
