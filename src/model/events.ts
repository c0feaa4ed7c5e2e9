import type { Alert, AlertNews } from "./alert.ts";
import type { CallKind } from "./call.ts";
import type { OutcomeName } from "./outcome.ts";
import type { Cause, State } from "./record.ts";

// Everything worth telling happens as one of these, and logs, metrics, traces and alerts are all readers of this one set. docs/watching.md has a row for
// each; a test holds the two against each other. Durations come from a clock that never runs backwards, ages from one that may: those are never below 0.

interface OfRecord {
  readonly integration: string;
  readonly tenant: string;
  readonly record: string;
}

interface OfSystem {
  readonly system: string;
  /** Whose account there, where each tenant has one. */
  readonly tenant?: string;
}

export type WaybillEvent =
  | {
      readonly event: "intake.taken";
      readonly source: string;
      readonly integration: string;
      readonly tenant: string;
      readonly record: string;
      readonly state: State;
      readonly duplicate: boolean;
    }
  | {
      readonly event: "intake.refused";
      readonly source: string;
      readonly reason: string;
      readonly detail: string;
      /** Since this was told last. */
      readonly count: number;
    }
  | { readonly event: "intake.failed"; readonly source: string; readonly code: string; readonly why: string }
  /** A sender asked whether this address is meant to be called, and was answered. */
  | { readonly event: "source.handshake"; readonly source: string; readonly what: string }
  | { readonly event: "source.started"; readonly source: string; readonly what: string }
  | {
      readonly event: "source.page";
      readonly source: string;
      readonly records: number;
      readonly more: boolean;
      readonly durationMs: number;
    }
  /** It was read to its end for now: a poll's run, or what a folder held. */
  | {
      readonly event: "source.done";
      readonly source: string;
      readonly records: number | undefined;
      readonly durationMs: number;
    }
  /** One request of a source's own code. */
  | {
      readonly event: "source.called";
      readonly source: string;
      readonly tenant: string;
      readonly system: string;
      readonly kind: "poll";
      /** 1 for the first. */
      readonly attempt: number;
      readonly outcome: OutcomeName;
      readonly why: string | undefined;
      readonly durationMs: number;
      readonly status: number | undefined;
    }
  | { readonly event: "source.failed"; readonly source: string; readonly why: string; readonly nextAtMs: number }
  /** A file is read from here on: how was found out, or is declared. */
  | {
      readonly event: "file.started";
      readonly source: string;
      readonly file: string;
      readonly bytes: number;
      /** `CSV, semicolon, windows-1252`. */
      readonly reading: string;
      /** Where it goes on; undefined for its beginning. */
      readonly fromLine: number | undefined;
    }
  | {
      readonly event: "file.done";
      readonly source: string;
      readonly file: string;
      readonly rows: number;
      readonly broken: number;
      readonly durationMs: number;
    }
  /** A person is needed before more of it is read. */
  | {
      readonly event: "file.stopped";
      readonly source: string;
      readonly file: string;
      readonly line: number;
      readonly why: string;
      readonly hint: string | undefined;
    }
  /** It changed while it was read, and is read again once it is still. */
  | { readonly event: "file.changed"; readonly source: string; readonly file: string }
  /** Its content was read before, under this or another name. */
  | { readonly event: "file.known"; readonly source: string; readonly file: string }
  | { readonly event: "file.archived"; readonly source: string; readonly file: string; readonly to: string }
  | { readonly event: "file.unreadable"; readonly source: string; readonly file: string; readonly why: string }
  /** What an effect sends is on disk, and leaves as soon as its system lets it. */
  | ({
      readonly event: "effect.intended";
      readonly effect: string;
      readonly system: string;
      readonly generation: number;
      readonly attempt: number;
    } & OfRecord)
  /** Whether an effect in doubt is there was looked up. `not-yet`: its absence is not believed yet. */
  | ({
      readonly event: "effect.looked-up";
      readonly effect: string;
      readonly found: "one" | "several" | "none" | "not-yet" | "nobody-knows";
    } & OfRecord)
  /** It was let in after a wait for a limit, a stop or a breaker. `for` is a record, or a source. */
  | ({ readonly event: "permit.waited"; readonly for: string; readonly waitedMs: number } & OfSystem)
  /** It would have waited too long, and comes again by itself. */
  | ({
      readonly event: "permit.deferred";
      readonly for: string;
      readonly untilMs: number;
      readonly why: string;
    } & OfSystem)
  | ({
      readonly event: "attempt";
      readonly effect: string;
      readonly kind: Extract<CallKind, "effect" | "batch" | "read">;
      /** 1 for the first try of this effect; of what changes nothing always 1. */
      readonly attempt: number;
      readonly system: string;
      readonly outcome: OutcomeName;
      readonly why: string | undefined;
      readonly durationMs: number;
      readonly status: number | undefined;
    } & OfRecord)
  | ({ readonly event: "effect.unsteady"; readonly effect: string; readonly fields: readonly string[] } & OfRecord)
  | ({
      readonly event: "record.settled";
      readonly state: State;
      readonly cause: Cause | undefined;
      readonly reason: string | undefined;
      readonly nextAtMs: number | undefined;
      /** Which run of it this was: 1 for the first. */
      readonly run: number;
      readonly durationMs: number;
      /** Since it was received. */
      readonly ageMs: number;
    } & OfRecord)
  /** The entity that a thin notice is about was fetched. */
  | ({ readonly event: "record.loaded"; readonly found: boolean } & OfRecord)
  | ({
      readonly event: "record.moved";
      readonly state: State;
      readonly actor: string;
      readonly why: string | undefined;
    } & OfRecord)
  | ({ readonly event: "run.hung"; readonly afterMs: number } & OfRecord)
  | ({ readonly event: "run.late"; readonly what: string } & OfRecord)
  | ({ readonly event: "system.opened"; readonly why: string; readonly untilMs: number } & OfSystem)
  | ({ readonly event: "system.closed" } & OfSystem)
  | ({ readonly event: "system.stopped"; readonly untilMs: number; readonly why: string } & OfSystem)
  /** The stop that it asked for is over. */
  | ({ readonly event: "system.freed" } & OfSystem)
  /** One record finds out whether it is back. */
  | ({ readonly event: "system.probing"; readonly record: string } & OfSystem)
  /** A person had it asked. */
  | ({ readonly event: "system.probed"; readonly outcome: OutcomeName; readonly status: number | undefined } & OfSystem)
  | ({ readonly event: "system.absurd"; readonly what: string } & OfSystem)
  /** It is not let in: a person, or another configuration, is needed. Told once, until it is let in again. */
  | {
      readonly event: "system.unauthorized";
      readonly system: string;
      readonly tenant: string;
      readonly why: string;
      /** The command that helps, where one does. */
      readonly next: string | null;
    }
  | { readonly event: "system.authorized"; readonly system: string; readonly tenant: string }
  | {
      readonly event: "token.refreshed";
      readonly system: string;
      readonly tenant: string;
      readonly expiresAtMs: number | undefined;
    }
  /** A listing was read without `pages()`, and there was more of it. */
  | ({ readonly event: "system.partial"; readonly what: string } & OfSystem)
  /** Its answers say that it takes less than is declared: what they say holds. */
  | ({ readonly event: "system.contradicted"; readonly declared: string; readonly told: string } & OfSystem)
  /** Fewer calls are under way at once than is declared. */
  | ({ readonly event: "system.lowered"; readonly atOnce: number; readonly why: string } & OfSystem)
  /** Undefined: nothing is held back any more. */
  | ({ readonly event: "system.raised"; readonly atOnce: number | undefined } & OfSystem)
  /** Who the tenants are was read, and is not what it was. */
  | {
      readonly event: "tenants.listed";
      readonly tenants: string;
      readonly count: number;
      readonly added: number;
      readonly gone: number;
    }
  /** The list could not be read, or something in it cannot be used. */
  | { readonly event: "tenants.failed"; readonly tenants: string; readonly why: string }
  /** Somebody is to know: it was raised, grew, is not over yet, or is over. */
  | ({ readonly event: "alert"; readonly news: AlertNews } & Alert)
  /** What watches failed itself: nothing is known of what it would have seen. */
  | { readonly event: "watch.failed"; readonly what: string; readonly why: string }
  | { readonly event: "ledger.failed"; readonly code: string; readonly why: string }
  | { readonly event: "ledger.recovered" }
  | { readonly event: "worker.lost" }
  | { readonly event: "server.failed"; readonly method: string; readonly path: string; readonly why: string }
  | {
      readonly event: "paused";
      readonly kind: "integration" | "system" | "tenant";
      readonly name: string;
      readonly actor: string;
      readonly why: string | undefined;
    }
  | { readonly event: "resumed"; readonly kind: "integration" | "system" | "tenant"; readonly name: string }
  /** This ledger was restored from a backup: what was sent between the two is in doubt. */
  | {
      readonly event: "restored";
      readonly epoch: number;
      readonly atMs: number;
      readonly copiedAtMs: number;
      readonly doubtNewUntilMs: number;
    }
  /** A guest asked for something, through the ledger. */
  | { readonly event: "asked"; readonly what: string; readonly about: string }
  | {
      readonly event: "pruned";
      readonly payloads: number;
      readonly records: number;
      readonly marks: number;
      readonly calls: number;
    }
  | {
      readonly event: "started";
      readonly integrations: readonly string[];
      readonly ledger: string;
      readonly release: string;
    }
  /** Whoever waits for signs of life was not reached; told once, until it is reached again. */
  | { readonly event: "heartbeat.failed"; readonly why: string }
  | { readonly event: "heartbeat.recovered" }
  | { readonly event: "inactive"; readonly what: string }
  /** What a webhook's `respond` said could not be said to the sender; told once for each. */
  | { readonly event: "respond.ignored"; readonly source: string; readonly why: string }
  /** A promise of user code rejected and nobody awaited it. */
  | { readonly event: "code.rejected"; readonly why: string }
  | { readonly event: "stopping" }
  | { readonly event: "stopped" };

/** Where events go. Never throws, never waits. */
export type Emit = (event: WaybillEvent) => void;
