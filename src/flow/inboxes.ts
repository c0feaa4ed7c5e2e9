import type { Ledger, RecordId, RecordWhole, StoredEffect } from "../ledger/ledger.ts";
import { WaybillError } from "../model/errors.ts";
import type { State } from "../model/record.ts";
import { nextGeneration } from "./generation.ts";
import { type Edit, editOf } from "./inbox-edit.ts";
import { changed, moveRecord } from "./inbox-move.ts";
import { redoIsThere, redoOf } from "./inbox-redo.ts";
import { letGoAgain, recheckOf, releaseOf } from "./inbox-release.ts";
import { type How, resolveOf } from "./inbox-resolve.ts";
import { refuseUnless } from "./inbox-states.ts";
import type {
  Asked,
  DiscardOptions,
  InboxParts,
  Known,
  Moved,
  MoveOptions,
  Person,
  RedoOptions,
  ReleaseOptions,
} from "./inbox-words.ts";
import { isInDoubt } from "./step.ts";
import { isBeingUndone, undoable, undoName } from "./undoable.ts";

export type { Edit } from "./inbox-edit.ts";
export type { How } from "./inbox-resolve.ts";
export type { Moved, MoveOptions, Person, ReleaseOptions } from "./inbox-words.ts";

// The three inboxes: what waits for a person, and every way out of it. A person's move is a compare-and-set on the record's revision, so it never
// meets a worker half-way: a record that is being delivered, or that changed since it was read, is refused in words. Whatever is changed stands in
// the record's timeline with who and why.

/** Every method throws WaybillError `unknown-record`, or `refused-move` with what to do instead. */
export interface Inboxes {
  /** A quarantined record is read again with the present contract; what passes is delivered. */
  release(record: RecordId, person: Person, options?: ReleaseOptions): Promise<Moved>;
  /** A dead, filtered, discarded or superseded record is delivered once more; refused effects are asked for anew, under new keys. */
  replay(record: RecordId, person: Person, options?: MoveOptions): Promise<Moved>;
  /** Says about a held record's effect what only a person can know. */
  resolve(record: RecordId, person: Person, how: How, options?: MoveOptions): Promise<Moved>;
  /** A delivered effect is made once more, as a new generation. */
  redo(record: RecordId, person: Person, effect: string, options?: RedoOptions): Promise<Moved>;
  /**
   * Nothing more is done about it. What it made and its code undoes is undone first, unless `keepEffects` says otherwise: it waits for that. Every other
   * effect in doubt stays in doubt.
   */
  discard(record: RecordId, person: Person, options?: DiscardOptions): Promise<Moved>;
  /** Ends a record that is being retried: dead, or held where an effect of it is in doubt. */
  end(record: RecordId, person: Person, options?: MoveOptions): Promise<Moved>;
  /** Puts the content of a record right that waits for a person; it stays where it is. Done effects are not compared with it. */
  edit(record: RecordId, person: Person, edit: Edit, options?: MoveOptions): Promise<Moved>;
}

/**
 * @example
 * const inboxes = createInboxes({ ledger, integrations, clock, emit, redact });
 * await inboxes.replay(record, { actor: "ann", why: "the customer exists now" });
 */
export function createInboxes(parts: InboxParts): Inboxes {
  const { ledger, clock, redact } = parts;
  const reader = { clock, redact };

  async function found(record: RecordId, { revision }: MoveOptions): Promise<RecordWhole> {
    const whole = await ledger.record(record);
    if (whole === undefined)
      throw new WaybillError("unknown-record", `There is no record "${record}".`, "`waybill records` lists them.");
    if (revision !== undefined && revision !== whole.revision) throw changed(record, whole.state);
    return whole;
  }

  function known(whole: RecordWhole): Known {
    const integration = parts.integrations.get(whole.integration);
    if (integration !== undefined) return integration;
    throw new WaybillError(
      "refused-move",
      `Record ${whole.record} belongs to "${whole.integration}", which this project does not define: nobody would deliver it.`,
      "Put its definition back, or discard the record.",
    );
  }

  const move = (whole: RecordWhole, person: Person, asked: Asked, options: MoveOptions): Promise<Moved> =>
    moveRecord(parts, whole, person, asked, options);

  return {
    async release(record, person, options = {}) {
      const whole = await found(record, options);
      refuseUnless(whole, "release", ["quarantined"]);
      if (options.leaveConflicts === true && options.recheck !== true) refuseConflict(whole);
      const asked =
        options.recheck === true
          ? await recheckOf(whole, known(whole), reader)
          : ({ ...(await releaseOf(whole, known(whole), reader, whole.cause)), what: "released" } as const);
      return asked === undefined ? asItIs(whole) : move(whole, person, { ...asked, sameAs: options.sameAs }, options);
    },

    async replay(record, person, options = {}) {
      const whole = await found(record, options);
      refuseUnless(whole, "replay", ["dead", "filtered", "discarded", "superseded"]);
      const asked = await letGoAgain(whole, known(whole), reader);
      return move(whole, person, { ...asked, what: "replayed" }, options);
    },

    async resolve(record, person, how, options = {}) {
      const whole = await found(record, options);
      refuseUnless(whole, "resolve", ["held"]);
      const { definition } = known(whole);
      const makers = await makersOf(ledger, whole);
      const asked = await resolveOf(whole, how, { definition, clock, makers });
      const cause = isBeingUndone(whole) ? "undoing" : asked.cause;
      return move(whole, person, { ...asked, cause, what: "resolved" }, options);
    },

    async redo(record, person, effect, options = {}) {
      const whole = await found(record, options);
      refuseUnless(whole, "redo", ["delivered"]);
      known(whole);
      if (options.ifThere === true && !redoIsThere(whole, effect)) return asItIs(whole);
      await refuseOlder(ledger, whole);
      return move(whole, person, { ...redoOf(whole, effect), what: "redone" }, options);
    },

    async discard(record, person, options = {}) {
      const whole = await found(record, options);
      refuseUnless(whole, "discard", ["quarantined", "dead", "held"]);
      const undoes = options.keepEffects === true ? [] : undoable(whole.effects, record);
      if (undoes.length > 0) known(whole);
      return move(whole, person, undoes.length > 0 ? undoOf(whole, person, undoes) : discardOf(whole, person), options);
    },

    async end(record, person, options = {}) {
      const whole = await found(record, options);
      refuseUnless(whole, "ending", ["waiting"]);
      return move(whole, person, endOf(whole, person), options);
    },

    async edit(record, person, edit, options = {}) {
      const whole = await found(record, options);
      return move(whole, person, await editOf(whole, known(whole), edit, person, reader), options);
    },
  };
}

function refuseConflict({ record, cause }: RecordWhole): void {
  if (cause !== "conflict") return;
  throw new WaybillError(
    "refused-move",
    `Record ${record} has the id of another one, and would be delivered beside it.`,
    "If that is right, release it by name, or all of them with --cause conflict.",
  );
}

function asItIs({ record, state, cause }: RecordWhole): Moved {
  return { record, state, ...(cause === undefined ? {} : { cause }) };
}

function discardOf(whole: RecordWhole, person: Person): Asked {
  const doubts = whole.effects.filter(isInDoubt);
  return {
    what: "discarded",
    to: "discarded",
    cause: "by-person",
    reason: person.why ?? `discarded by ${person.actor}`,
    detail: { from: whole.state, cause: whole.cause, reason: whole.reason },
    // Records held with it are looked at for themselves from now on.
    freeEntity: doubts.some(({ per }) => per === "entity"),
    note: doubts.length === 0 ? undefined : `Still in doubt: ${names(doubts)}.`,
  };
}

/** What it made is undone, and then it is discarded. An undo that was refused is asked for anew. */
function undoOf(whole: RecordWhole, person: Person, undoes: readonly StoredEffect[]): Asked {
  const undos = new Set(undoes.map(({ name }) => undoName(name)));
  const refused = whole.effects.filter(({ name, state }) => undos.has(name) && state === "refused");
  return {
    what: "undo-asked",
    to: "waiting",
    cause: "undoing",
    reason: person.why ?? `discarded by ${person.actor}`,
    effects: refused.map((effect) => nextGeneration(whole, effect)),
    detail: { from: whole.state, cause: whole.cause, reason: whole.reason, undoes: undoes.map(({ name }) => name) },
    undoes: undoes.map(({ name }) => name),
    note: `Undone first: ${names(undoes)}. With --keep-effects they stay as they are.`,
  };
}

function endOf(whole: RecordWhole, person: Person): Asked {
  const doubts = whole.effects.filter((effect) => isInDoubt(effect) && effect.madeBy === whole.record);
  const by = `ended by ${person.actor}${person.why === undefined ? "" : `: ${person.why}`}`;
  const inDoubt = doubts.length > 0;
  return {
    what: "ended",
    to: inDoubt ? "held" : "dead",
    cause: inDoubt ? "in-doubt" : "ended",
    reason: inDoubt ? `${by}; in doubt: ${names(doubts)}` : by,
    note: inDoubt
      ? "It is held, because an effect of it is in doubt: say what came of it with `held resolve`."
      : undefined,
  };
}

/** An older version would be superseded instead of made again. */
async function refuseOlder(
  ledger: Ledger,
  { record, integration, tenant, entity, version }: RecordWhole,
): Promise<void> {
  if (version === undefined || entity === undefined) return;
  const { rows } = await ledger.find({ integration, tenant, entity, order: "oldest", before: record, limit: 100 });
  const newer = rows.find((row) => row.version !== undefined && row.version > version);
  if (newer === undefined) return;
  throw new WaybillError(
    "refused-move",
    `A newer version of the entity of record ${record} has come, in record ${newer.record}.`,
    "Redo that one: this would go back to what was before.",
  );
}

/** Which of the records that made an entity's effects are held themselves. */
async function makersOf(ledger: Ledger, whole: RecordWhole): Promise<ReadonlyMap<RecordId, State>> {
  const makers = new Set(whole.effects.map(({ madeBy }) => madeBy).filter((maker) => maker !== whole.record));
  const states = new Map<RecordId, State>();
  for (const maker of makers) {
    const row = await ledger.record(maker);
    if (row !== undefined) states.set(maker, row.state);
  }
  return states;
}

function names(effects: readonly { readonly name: string }[]): string {
  return effects.map(({ name }) => `"${name}"`).join(", ");
}
