import type { Integration } from "../../define/definition.ts";
import type { Clock } from "../../world/clock.ts";
import { type Door, doorsOf } from "../sending/door.ts";
import { type Heard, handedIn, type Letter, posted } from "../sending/letter.ts";
import { RefusedBooks } from "../sending/refused-books.ts";
import type { TakenRecord } from "../sending/taken.ts";
import { between } from "./chance.ts";
import type { Life } from "./life.ts";
import { meets } from "./meets.ts";
import type { Planned } from "./plan.ts";
import type { Acknowledged, Broken } from "./promises.ts";

export interface SenderOptions {
  readonly integration: Integration;
  /** How many deliveries it has. */
  readonly left: number;
  readonly seed: number;
  /** Of the night itself. */
  readonly clock: Clock;
  /** Who takes deliveries now, if anybody. */
  readonly life: () => Life | undefined;
  /** Nothing goes wrong any more. */
  readonly isCalm: () => boolean;
  readonly say: (what: string, record?: string) => void;
  readonly count: (what: string) => void;
  /** Counts sendings and acknowledgements. */
  readonly moment: () => number;
}

const patienceMs = 30_000;
/** So often a delivery is answered by a failure although nothing is wrong any more, and then it is the delivery. */
const failuresMax = 20;
const good = "good records are delivered, and broken ones quarantined";
const lost = "what was acknowledged is not lost";

/** Whoever sends records: each again until it is told that it was taken, or that it never will be, as good senders do. */
export class Sender {
  readonly acknowledged: Acknowledged[] = [];
  /** What was not right in the answers themselves. */
  readonly broken: Broken[] = [];
  /** What they were told that it is refused. */
  readonly refused: RefusedBooks = new RefusedBooks();
  /** Deliveries that were not acknowledged yet. */
  left: number;
  readonly #options: SenderOptions;
  readonly #doors: readonly Door[];
  readonly #handsIn: boolean;
  readonly #letters = new Map<number, Letter | undefined>();
  readonly #failures = new Map<number, number>();

  constructor(options: SenderOptions) {
    this.#options = options;
    this.left = options.left;
    const { open, handsIn } = doorsOf(options.integration.definition);
    this.#doors = open;
    this.#handsIn = handsIn;
  }

  async deliver(delivery: Planned): Promise<void> {
    const { clock } = this.#options;
    const life = this.#options.life();
    const letter = this.#letter(delivery);
    if (letter === undefined) {
      // No program could hand this in.
      this.left -= 1;
      return;
    }
    if (life?.up !== true || life.assembly === undefined) return this.#again(delivery);
    const sent = this.#options.moment();
    let over = false;
    // The process may die before it answers.
    clock.after(patienceMs, () => {
      if (over) return;
      over = true;
      this.#again(delivery);
    });
    const heard = await letter.send(life.assembly, clock.now());
    if (over || life.over) return;
    over = true;
    if (heard.kind === "again") return this.#failed(delivery, heard.status);
    this.left -= 1;
    if (heard.kind === "refused") return this.#refused(delivery, letter, heard);
    await this.#taken(delivery, letter, sent, heard.records);
  }

  #letter(delivery: Planned): Letter | undefined {
    const { integration, seed } = this.#options;
    const { nth, body } = delivery;
    if (this.#letters.has(nth)) return this.#letters.get(nth);
    const ways = this.#doors.length + (this.#handsIn && body === undefined ? 1 : 0);
    const door = this.#doors[between(0, ways - 1, seed, "way in", nth)];
    const letter = door === undefined ? handedIn(integration.definition, delivery) : posted(door, seed, delivery);
    this.#letters.set(nth, letter);
    return letter;
  }

  async #taken(delivery: Planned, { expected }: Letter, sent: number, records: readonly TakenRecord[]): Promise<void> {
    const { say, moment, integration } = this.#options;
    const acknowledged = moment();
    const name = nameOf(delivery);
    for (const { record, state } of records) say(`${name} is acknowledged: ${state}`, record);
    const items = expected.kind === "kept" ? expected.items : [];
    if (expected.kind === "refused" || records.length < items.length) {
      if (records.length === 0) say(`${name} is acknowledged, and nothing is kept of it`);
      this.#wrong(
        records.length < items.length || records.length === 0 ? lost : good,
        expected.kind === "refused"
          ? `${name} was to be refused with ${expected.status} (${expected.as}), and was acknowledged ${records.length === 0 ? "without a record" : "as a record"}`
          : `${name} holds ${items.length} records, and was acknowledged with ${records.length}`,
        records[0]?.record,
      );
    }
    const { nth, value, fresh } = delivery;
    for (const [at, { record, duplicate }] of records.entries()) {
      const item = items[at] ?? { value: undefined, cause: "contract" as const };
      const takes = item.cause === undefined && (await meets(integration.definition, item.value));
      const of = delivery.body === undefined && at === 0 ? value : item.value;
      this.acknowledged.push({
        ...{ nth, record, duplicate, sent, acknowledged, meets: takes, value: of },
        fresh: fresh || at > 0,
        cause: item.cause,
      });
    }
  }

  #refused(delivery: Planned, { expected, source = "" }: Letter, heard: Extract<Heard, { kind: "refused" }>): void {
    const { say, count } = this.#options;
    const name = nameOf(delivery);
    const how = `${heard.status}${heard.as === undefined ? "" : ` (${heard.as})`}`;
    say(`${name} is refused with ${how}, and its sender is told so`);
    count(`refused ${heard.as ?? heard.status}`);
    const as = heard.as ?? (expected.kind === "refused" ? expected.as : String(heard.status));
    this.refused.note(source, as);
    const [kept] = heard.records;
    if (kept !== undefined) this.#wrong(good, `${name} was refused with ${how}, and is kept as a record`, kept.record);
    else if (expected.kind === "kept") this.#wrong(good, `${name} was to be kept, and was refused with ${how}`);
    else if (heard.status !== expected.status || as !== expected.as)
      this.#wrong(good, `${name} was to be refused with ${expected.status} (${expected.as}), and was with ${how}`);
    else if (delivery.mess === undefined)
      this.#wrong(good, `${name} is as a good sender writes it, and was refused with ${how}`);
  }

  #failed(delivery: Planned, status: number | undefined): void {
    const { isCalm, say } = this.#options;
    if (status !== undefined) say(`${nameOf(delivery)} is answered with ${status}`);
    const failures = (this.#failures.get(delivery.nth) ?? 0) + (status !== undefined && isCalm() ? 1 : 0);
    this.#failures.set(delivery.nth, failures);
    if (failures < failuresMax) return this.#again(delivery);
    this.left -= 1;
    const what = `${nameOf(delivery)} is answered with ${status} again and again, although nothing is wrong any more`;
    this.#wrong(good, what);
  }

  #wrong(promise: Broken["promise"], what: string, record?: string): void {
    this.broken.push({ promise, what, record });
  }

  #again(delivery: Planned): void {
    const { clock, seed } = this.#options;
    clock.after(between(1_000, 10_000, seed, "again", delivery.nth), () => void this.deliver(delivery));
  }
}

const nameOf = ({ nth, mess }: Planned): string => `delivery ${nth + 1}${mess === undefined ? "" : ` (${mess})`}`;
