import { createHash } from "node:crypto";
import type { Clock } from "../../world/clock.ts";

// Pages that follow what happens, by server-sent events (HTML Living Standard, 9.2). However many are open, the ledger is looked at once every two seconds,
// and only while some are. A page is not sent what has changed, it is told that something has, and asks for itself again: so there is one way in which a page
// is made. They are told one after the other, at most four a second, so that a hundred open pages take no more from the deliveries than a few do.

const lookEveryMs = 2_000;
const turnEveryMs = 250;
const keepAliveMs = 25_000;
const pagesMax = 500;
/** What waits for one that does not read: then it is let go, and comes again by itself. */
const unreadMax = 50;

interface Watcher {
  readonly send: (text: string) => void;
  readonly end: () => void;
  seen: string;
}

export interface LiveParts {
  readonly clock: Clock;
  /** What there is to see, as text: another one when something has changed. */
  look(): Promise<string>;
}

export class Live {
  readonly #parts: LiveParts;
  readonly #watchers = new Set<Watcher>();
  #now = "";
  #lookedMs = Number.NEGATIVE_INFINITY;
  #spokeMs = 0;
  #cancel: (() => void) | undefined;

  constructor(parts: LiveParts) {
    this.#parts = parts;
  }

  /** How many pages are open. */
  get size(): number {
    return this.#watchers.size;
  }

  /** One page that follows, until it goes away. */
  async follow(): Promise<Response> {
    if (this.#watchers.size >= pagesMax) return new Response(null, { status: 503, headers: { "retry-after": "60" } });
    await this.#look();
    const encoder = new TextEncoder();
    let watcher: Watcher | undefined;
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => {
        watcher = {
          send: (text) => {
            controller.enqueue(encoder.encode(text));
            if ((controller.desiredSize ?? 0) > -unreadMax) return;
            if (watcher !== undefined) this.#watchers.delete(watcher);
            controller.close();
          },
          end: () => controller.close(),
          seen: this.#now,
        };
        this.#watchers.add(watcher);
        watcher.send("retry: 5000\n\n");
        this.#wake();
      },
      cancel: () => {
        if (watcher !== undefined) this.#watchers.delete(watcher);
      },
    });
    return new Response(stream, { headers: { "content-type": "text/event-stream", "x-accel-buffering": "no" } });
  }

  /** Lets all of them go: they come again by themselves. */
  end(): void {
    for (const { end } of this.#watchers) end();
    this.#watchers.clear();
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #wake(): void {
    this.#cancel ??= this.#parts.clock.after(turnEveryMs, () => {
      this.#cancel = undefined;
      if (this.#watchers.size === 0) return;
      void this.#turn().finally(() => this.#watchers.size > 0 && this.#wake());
    });
  }

  async #turn(): Promise<void> {
    await this.#look();
    const nowMs = this.#parts.clock.monotonic();
    const isQuiet = nowMs - this.#spokeMs >= keepAliveMs;
    if (isQuiet) this.#spokeMs = nowMs;
    let told = false;
    for (const watcher of this.#watchers) {
      if (!told && watcher.seen !== this.#now) {
        told = true;
        watcher.seen = this.#now;
        // To the end of the row.
        this.#watchers.delete(watcher);
        this.#watchers.add(watcher);
        watcher.send("event: changed\ndata:\n\n");
        break;
      }
    }
    // What says nothing for long is cut off by whatever stands between.
    if (isQuiet) for (const { send } of this.#watchers) send(":\n\n");
  }

  async #look(): Promise<void> {
    const nowMs = this.#parts.clock.monotonic();
    if (nowMs - this.#lookedMs < lookEveryMs) return;
    this.#lookedMs = nowMs;
    try {
      this.#now = createHash("sha256")
        .update(await this.#parts.look())
        .digest("base64");
    } catch {
      // A ledger that is down is seen too: the page says so when it asks.
      this.#now = "down";
    }
  }
}
