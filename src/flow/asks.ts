import type { Ask, Ledger } from "../ledger/ledger.ts";
import { said, WaybillError } from "../model/errors.ts";
import type { Emit } from "../model/events.ts";
import type { Exhaustible } from "../sources/exhaust.ts";
import type { Asked, Systems } from "../systems/port.ts";
import type { TenantLists } from "../systems/tenants.ts";
import type { Clock } from "../world/clock.ts";
import { probe } from "./probe.ts";
import type { Keeping, Pruned, Retention } from "./retention.ts";
import { type RunOutProgress, runOut } from "./run-out.ts";

// What a guest asks of the owner, through the ledger: to read an integration's sources to their end, to set the cursor of a source that only the owner
// knows to be at rest, to let go of what is kept long enough, to ask a system whether it is there. The ask stands there until the guest takes it down; progress and answer are written beside it.

/** What the owner answers. */
export type Answer<T> = { readonly ok: T } | { readonly error: { code: string; message: string; hint?: string } };

export interface SetCursor {
  /** As JSON; null when there is none yet. */
  readonly from: string | null;
  readonly to: string;
  readonly actor: string;
  readonly why: string;
}

export interface ProbeAsk {
  readonly asked: Asked;
  /** Whose account, where each tenant has one. */
  readonly tenant?: string | undefined;
}

export interface CursorSet {
  /** False when it stood elsewhere by then. */
  readonly moved: boolean;
}

export interface AskParts {
  readonly ledger: Ledger;
  readonly integrations: ReadonlyMap<string, unknown>;
  readonly sources: () => readonly Exhaustible[];
  readonly retention: Retention;
  readonly systems: Systems;
  readonly tenants: TenantLists;
  readonly clock: Clock;
  readonly emit: Emit;
  readonly isStopping: () => boolean;
}

/** How often progress is written: each time is a commit. */
const progressEveryMs = 500;

/** Does what is asked and writes the answer. Never rejects. */
export async function serveAsk(parts: AskParts, ask: Ask): Promise<void> {
  const { ledger, clock, emit } = parts;
  emit({ event: "asked", what: ask.what, about: ask.about });
  let answer: Answer<unknown>;
  try {
    answer = { ok: await serve(parts, ask) };
  } catch (error) {
    answer = { error: errorOf(error) };
  }
  // A ledger that cannot take it: whoever asked sees the owner go, or asks again.
  await ledger
    .post({ post: "answer", ask: ask.ask, answer: JSON.stringify(answer), atMs: clock.now() })
    .catch(() => undefined);
}

function serve(parts: AskParts, ask: Ask): Promise<unknown> {
  switch (ask.what) {
    case "run":
      return serveRun(parts, ask);
    case "set-cursor":
      return serveCursor(parts, ask);
    case "prune":
      return servePrune(parts, ask);
    case "probe": {
      const { asked, tenant } = JSON.parse(ask.input) as ProbeAsk;
      return probe(parts, ask.about, asked, tenant);
    }
  }
}

/** Writes progress down, and not too often. */
function telling({ ledger, clock }: AskParts, ask: Ask): (progress: unknown) => void {
  let toldAtMs = Number.NEGATIVE_INFINITY;
  return (progress) => {
    if (clock.monotonic() - toldAtMs < progressEveryMs) return;
    toldAtMs = clock.monotonic();
    void ledger.post({ post: "progress", ask: ask.ask, progress: JSON.stringify(progress) }).catch(() => undefined);
  };
}

function servePrune(parts: AskParts, ask: Ask): Promise<Pruned> {
  return parts.retention.prune(JSON.parse(ask.input) as Keeping, telling(parts, ask));
}

function serveRun(parts: AskParts, ask: Ask): Promise<RunOutProgress> {
  const { ledger, clock, integrations, isStopping } = parts;
  if (!integrations.has(ask.about)) {
    throw new WaybillError(
      "unknown-integration",
      `The process that runs on this ledger does not know "${ask.about}".`,
      "Start it again, so that it reads the definitions as they are now.",
    );
  }
  const { tenant } = JSON.parse(ask.input) as { tenant?: string };
  return runOut({ name: ask.about, tenant, sources: parts.sources(), ledger, clock, isStopping }, telling(parts, ask));
}

async function serveCursor({ ledger, clock, sources }: AskParts, ask: Ask): Promise<CursorSet> {
  const source = sources().find(({ name }) => name === ask.about);
  if (source?.running === true) throw isBeingRead(ask.about);
  const { from, to, actor, why } = JSON.parse(ask.input) as SetCursor;
  const move = { source: ask.about, from: from ?? undefined, to, atMs: clock.now(), force: false, by: { actor, why } };
  return { moved: await ledger.setCursor(move) };
}

function isBeingRead(source: string): WaybillError {
  return new WaybillError(
    "refused-move",
    `${source} is being read right now.`,
    "Set its cursor when the run has ended; `waybill pause` the system that it reads from, if it never does.",
  );
}

function errorOf(error: unknown): { code: string; message: string; hint?: string } {
  if (!(error instanceof WaybillError)) return { code: "broken-promise", message: said(error) };
  return { code: error.code, message: error.message, ...(error.hint === undefined ? {} : { hint: error.hint }) };
}
