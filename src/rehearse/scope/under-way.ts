import type { Trace } from "./user-line.ts";

/** A piece of real work that has begun and not ended. */
export interface Piece {
  readonly what: string;
  /** Where it was begun. */
  readonly begun: Trace;
}

/** The real work of one rehearsal that has begun and not ended, and the wait for its end. */
export class UnderWay {
  readonly #pieces = new Set<Piece>();
  #allEnded: (() => void) | undefined;
  /** How often something was put off to the next tick. */
  ticks = 0;
  /** Something was begun that nobody tells the end of, such as a port for messages: it comes only with turns of the event loop. */
  needsTurns = false;
  /** How often somebody asked whether all is quiet. */
  looks = 0;

  begin(piece: Piece): void {
    this.#pieces.add(piece);
  }

  end(piece: Piece): void {
    if (this.#pieces.delete(piece) && this.#pieces.size === 0) this.#allEnded?.();
  }

  /** The piece that has been under way for the longest; undefined when there is none. */
  get oldest(): Piece | undefined {
    return this.#pieces.values().next().value;
  }

  /** Resolves when the last piece ends. */
  allEnded(): Promise<void> {
    return new Promise((resolve) => {
      this.#allEnded = resolve;
    });
  }
}
