import type { Ledger, Pause, PauseKind } from "../ledger/ledger.ts";
import { didYouMean } from "../model/did-you-mean.ts";
import { WaybillError } from "../model/errors.ts";
import type { Clock } from "../world/clock.ts";
import type { Person } from "./inbox-words.ts";

// Pausing, by a person. A paused integration takes records in and begins none; a paused system sends away whoever asks to enter, and the records wait
// uncounted. A paused tenant is both, for itself alone. All of it stands in the ledger: they outlive restarts, and a process that runs notices them at once. What is under way ends as it would have.

export interface PauseParts {
  readonly ledger: Pick<Ledger, "bulletin" | "post">;
  readonly integrations: ReadonlyMap<string, unknown>;
  /** Names of the systems that are declared. */
  readonly systems: () => readonly string[];
  /** Whether there is such a tenant; also while nobody can tell, because a pause does no harm. */
  readonly isTenant: (id: string) => Promise<boolean>;
  readonly clock: Clock;
  /** It was changed here: whoever runs the integrations looks again. */
  readonly onChange: () => void;
}

/** What a pause or its end came to. */
export interface PauseChange {
  readonly kind: PauseKind;
  readonly name: string;
  readonly paused: boolean;
  /** False when it was so already. */
  readonly changed: boolean;
  /** Since when, by whom and why, while it is paused. */
  readonly since?: string;
  readonly actor?: string;
  readonly why?: string;
}

/** A pause as JSON. */
export interface PauseView {
  readonly kind: PauseKind;
  readonly name: string;
  readonly since: string;
  readonly actor: string;
  readonly why: string | null;
}

export interface Pauses {
  /**
   * @param kind has to be said of a tenant.
   * @throws {WaybillError} `bad-usage` when there is nothing of that name, or both an integration and a system; `unknown-tenant`.
   */
  pause(name: string, kind: PauseKind | undefined, person: Person): Promise<PauseChange>;
  resume(name: string, kind: PauseKind | undefined, person: Person): Promise<PauseChange>;
  list(): Promise<readonly Pause[]>;
}

export function pauseView({ kind, name, atMs, actor, why }: Pause): PauseView {
  return { kind, name, since: new Date(atMs).toISOString(), actor, why: why ?? null };
}

export function createPauses(parts: PauseParts): Pauses {
  const { ledger, clock, onChange } = parts;

  const list = async (): Promise<readonly Pause[]> => (await ledger.bulletin()).pauses;

  /** What is paused but gone from the project can still be resumed. */
  async function kindOf(name: string, kind: PauseKind | undefined, paused: readonly Pause[]): Promise<PauseKind> {
    if (kind === "tenant") {
      if (paused.some((pause) => pause.kind === kind && pause.name === name) || (await parts.isTenant(name)))
        return kind;
      throw new WaybillError(
        "unknown-tenant",
        `There is no tenant "${name.slice(0, 100)}".`,
        "Name one as it stands in its list.",
      );
    }
    const known = kindsOf(name, parts);
    for (const pause of paused) if (pause.name === name && pause.kind !== "tenant") known.add(pause.kind);
    if (kind !== undefined && known.has(kind)) return kind;
    const [only] = known;
    if (kind === undefined && only !== undefined && known.size === 1) return only;
    throw known.size > 1 ? ambiguous(name) : unknown(name, kind, parts);
  }

  return {
    list,
    async pause(name, kind, { actor, why }) {
      const pause: Pause = { kind: await kindOf(name, kind, await list()), name, atMs: clock.now(), actor, why };
      const changed = await ledger.post({ post: "pause", ...pause });
      if (changed) onChange();
      const now = (await list()).find((one) => one.kind === pause.kind && one.name === name) ?? pause;
      const { since, actor: by, why: because } = pauseView(now);
      const said = because === null ? {} : { why: because };
      return { kind: pause.kind, name, paused: true, changed, since, actor: by, ...said };
    },
    async resume(name, kind, { actor, why }) {
      const pause: Pause = { kind: await kindOf(name, kind, await list()), name, atMs: clock.now(), actor, why };
      const changed = await ledger.post({ post: "resume", ...pause });
      if (changed) onChange();
      return { kind: pause.kind, name, paused: false, changed };
    },
  };
}

function kindsOf(name: string, { integrations, systems }: PauseParts): Set<PauseKind> {
  const kinds = new Set<PauseKind>();
  if (integrations.has(name)) kinds.add("integration");
  if (systems().includes(name)) kinds.add("system");
  return kinds;
}

function ambiguous(name: string): WaybillError {
  return new WaybillError(
    "bad-usage",
    `"${name}" is an integration and a system.`,
    "Say which one is meant: --integration or --system.",
  );
}

function unknown(name: string, kind: PauseKind | undefined, { integrations, systems }: PauseParts): WaybillError {
  const names = [...(kind === "system" ? [] : integrations.keys()), ...(kind === "integration" ? [] : systems())];
  const what = kind ?? "integration or system";
  return new WaybillError(
    "bad-usage",
    `There is no ${what} "${name.slice(0, 100)}".`,
    didYouMean(name, names, kind === undefined ? "integrations and systems" : `${kind}s`),
  );
}
