import type { Definition } from "../define/integration.ts";
import type { Ledger, RecordId, RecordWhole } from "../ledger/ledger.ts";
import { WaybillError } from "../model/errors.ts";
import type { State } from "../model/record.ts";
import { moveRecord } from "./inbox-move.ts";
import { letGoAgain, releaseOf } from "./inbox-release.ts";
import { type How, resolveOf } from "./inbox-resolve.ts";
import type { Asked, InboxParts, Moved, MoveOptions, Person } from "./inbox-words.ts";
import { isInDoubt } from "./step.ts";

export type { How } from "./inbox-resolve.ts";
export type { Moved, MoveOptions, Person } from "./inbox-words.ts";

// The three inboxes: what waits for a person, and every way out of it. A person's move is a compare-and-set on the record's revision, so it never
// meets a worker half-way: a record that is being delivered, or that changed since it was read, is refused in words. Whatever is changed stands in
// the record's timeline with who and why.

/** Every method throws WaybillError `unknown-record`, or `refused-move` with what to do instead. */
export interface Inboxes {
  /** A quarantined record is read again with the present contract; what passes is delivered. */
  release(record: RecordId, person: Person, options?: MoveOptions): Promise<Moved>;
  /** A dead, filtered, discarded or superseded record is delivered once more; refused effects are asked for anew, under new keys. */
  replay(record: RecordId, person: Person, options?: MoveOptions): Promise<Moved>;
  /** Says about a held record's effect what only a person can know. */
  resolve(record: RecordId, person: Person, how: How, options?: MoveOptions): Promise<Moved>;
  /** Nothing more is done about it. An effect in doubt stays in doubt. */
  discard(record: RecordId, person: Person): Promise<Moved>;
  /** Ends a record that is being retried: dead, or held where an effect of it is in doubt. */
  end(record: RecordId, person: Person): Promise<Moved>;
}

/**
 * @example
 * const inboxes = createInboxes({ ledger, integrations, clock, emit });
 * await inboxes.replay(record, { actor: "ann", why: "the customer exists now" });
 */
export function createInboxes(parts: InboxParts): Inboxes {
  const { ledger } = parts;

  async function found(record: RecordId): Promise<RecordWhole> {
    const whole = await ledger.record(record);
    if (whole !== undefined) return whole;
    throw new WaybillError("unknown-record", `There is no record "${record}".`, "`waybill records` lists them.");
  }

  function known(whole: RecordWhole): { readonly definition: Definition; readonly release: string } {
    const integration = parts.integrations.get(whole.integration);
    if (integration !== undefined) return integration;
    throw new WaybillError(
      "refused-move",
      `Record ${whole.record} belongs to "${whole.integration}", which this project does not define: nobody would deliver it.`,
      "Put its definition back, or discard the record.",
    );
  }

  function refuseUnless(whole: RecordWhole, verb: string, from: readonly State[], hint: string): void {
    if (from.includes(whole.state)) return;
    const being = whole.state === "delivering" ? "is being delivered right now" : `is ${whole.state}`;
    throw new WaybillError(
      "refused-move",
      `Record ${whole.record} ${being}, and ${verb} takes records that are ${list(from)}.`,
      whole.state === "delivering" ? "Ask again when it has settled." : hint,
    );
  }

  const move = (whole: RecordWhole, person: Person, asked: Asked): Promise<Moved> =>
    moveRecord(parts, whole, person, asked);

  return {
    async release(record, person, options) {
      const whole = await found(record);
      refuseUnless(whole, "release", ["quarantined"], wayOut(whole.state));
      const asked = await releaseOf(whole, known(whole), parts.clock, whole.cause);
      return move(whole, person, { ...asked, what: "released", overtaken: options?.overtaken });
    },

    async replay(record, person, options) {
      const whole = await found(record);
      refuseUnless(whole, "replay", ["dead", "filtered", "discarded", "superseded"], wayOut(whole.state));
      const asked = await letGoAgain(whole, known(whole), parts.clock);
      return move(whole, person, { ...asked, what: "replayed", overtaken: options?.overtaken });
    },

    async resolve(record, person, how, options) {
      const whole = await found(record);
      refuseUnless(whole, "resolve", ["held"], wayOut(whole.state));
      known(whole);
      const makers = await makersOf(ledger, whole);
      const asked = resolveOf(whole, how, parts.clock.now(), makers);
      return move(whole, person, { ...asked, what: "resolved", overtaken: options?.overtaken });
    },

    async discard(record, person) {
      const whole = await found(record);
      refuseUnless(whole, "discard", ["quarantined", "dead", "held"], wayOut(whole.state));
      const doubts = whole.effects.filter(isInDoubt);
      return move(whole, person, {
        what: "discarded",
        to: "discarded",
        cause: "by-person",
        reason: person.why ?? `discarded by ${person.actor}`,
        detail: { from: whole.state, cause: whole.cause, reason: whole.reason },
        // Records held with it are looked at for themselves from now on.
        freeEntity: doubts.some(({ per }) => per === "entity"),
        note: doubts.length === 0 ? undefined : `Still in doubt: ${names(doubts)}.`,
      });
    },

    async end(record, person) {
      const whole = await found(record);
      refuseUnless(whole, "ending", ["waiting"], wayOut(whole.state));
      const doubts = whole.effects.filter((effect) => isInDoubt(effect) && effect.madeBy === whole.record);
      const by = `ended by ${person.actor}${person.why === undefined ? "" : `: ${person.why}`}`;
      const inDoubt = doubts.length > 0;
      return move(whole, person, {
        what: "ended",
        to: inDoubt ? "held" : "dead",
        cause: inDoubt ? "in-doubt" : "ended",
        reason: inDoubt ? `${by}; in doubt: ${names(doubts)}` : by,
        note: inDoubt
          ? "It is held, because an effect of it is in doubt: say what came of it with `held resolve`."
          : undefined,
      });
    },
  };
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

/** What a person may do about a record in this state. */
function wayOut(state: State): string {
  switch (state) {
    case "quarantined":
      return "`waybill quarantine release RECORD` reads it again; `quarantine discard RECORD` drops it.";
    case "held":
      return "`waybill held resolve RECORD` says what came of its effect; `held discard RECORD` drops it.";
    case "dead":
    case "filtered":
    case "discarded":
    case "superseded":
      return "`waybill dead replay RECORD` delivers it once more.";
    case "waiting":
    case "delivering":
      return "It is on its way; `waybill dead RECORD` ends one that is being retried.";
    case "delivered":
      return "It is delivered, and there is nothing to do.";
  }
}

function list(words: readonly string[]): string {
  return words.length < 2 ? (words[0] ?? "") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

function names(effects: readonly { readonly name: string }[]): string {
  return effects.map(({ name }) => `"${name}"`).join(", ");
}
