import { createHash } from "node:crypto";
import type { WaybillEvent } from "../../model/events.ts";
import { eventText } from "./event-text.ts";
import { holdsSecret } from "./secrets.ts";

/** What happens in a night: hashed, counted, and told to whoever wants the story of it. */
export class Diary {
  /** What happened so often: faults, states, outcomes. */
  readonly seen: Map<string, number> = new Map();
  readonly #history = createHash("sha256");
  readonly #leaks = new Set<string>();
  readonly #nowMs: () => number;
  readonly #tell: (atMs: number, what: string, record?: string) => void;

  /** @param nowMs since the night began. */
  constructor(nowMs: () => number, tell: (atMs: number, what: string, record?: string) => void) {
    this.#nowMs = nowMs;
    this.#tell = tell;
  }

  /** Events that held a secret. */
  get leaks(): readonly string[] {
    return [...this.#leaks];
  }

  /** Of everything that happened, in order. Nothing is written after it. */
  digest(): string {
    return this.#history.digest("hex");
  }

  /** A part of the history that is no story. */
  keep(line: string): void {
    this.#history.update(`${line}\n`);
  }

  say(what: string, record?: string): void {
    const atMs = this.#nowMs();
    this.keep(`${atMs} ${what}`);
    this.#tell(atMs, what, record);
  }

  count(what: string): void {
    this.seen.set(what, (this.seen.get(what) ?? 0) + 1);
  }

  event(event: WaybillEvent): void {
    const text = JSON.stringify(event);
    this.keep(`${this.#nowMs()} ${text}`);
    if (holdsSecret(text)) this.#leaks.add(`the event ${event.event} holds a secret`);
    if (event.event === "attempt") this.count(`outcome ${event.outcome}`);
    const told = eventText(event);
    if (told !== undefined) this.say(told.what, told.record);
  }
}
