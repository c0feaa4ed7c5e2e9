import { AsyncResource } from "node:async_hooks";
import { outside, type Scope } from "./scope.ts";
import { tellUncaught } from "./tell-uncaught.ts";

// The clock is called from outside of the rehearsal: it may itself be made of Node's timers.

/** Node turns any other delay into 1 ms, 0 included. */
const delayMsMax = 2_147_483_647;

/** Runs what a timer was set for where it was set: in the same rehearsal, with the same stores of the user's own. */
class Errand {
  readonly #scope: Scope;
  readonly #context = new AsyncResource("WaybillTimer", { requireManualDestroy: true });
  readonly #run: () => void;

  constructor(scope: Scope, run: () => void) {
    this.#scope = scope;
    this.#run = run;
  }

  /** What it throws would end the process. Here it ends the rehearsal, whose clock has called. */
  run(): void {
    try {
      this.#context.runInAsyncScope(this.#run);
    } catch (error) {
      tellUncaught(this.#scope, error);
    }
  }
}

/** What `setTimeout` and `setInterval` answer in a rehearsal: Node's `Timeout` on a virtual clock. */
export class Timeout {
  readonly #scope: Scope;
  readonly #errand: Errand;
  readonly #delayMs: number;
  readonly #repeats: boolean;
  #idle = false;
  #closed = false;
  #dueAtMs = 0;
  #disarm: (() => void) | undefined;
  #number: number | undefined;

  constructor(scope: Scope, run: (timer: Timeout) => void, delayMs: unknown, repeats = false) {
    const delay = Number(delayMs);
    this.#scope = scope;
    this.#errand = new Errand(scope, () => run(this));
    this.#delayMs = delay >= 1 && delay <= delayMsMax ? Math.trunc(delay) : 1;
    this.#repeats = repeats;
    this.#arm(this.#delayMs);
  }

  #arm(delayMs: number): void {
    const { clock } = this.#scope.world;
    this.#disarm?.();
    this.#dueAtMs = clock.monotonic() + delayMs;
    const options = this.#idle ? { idle: true } : undefined;
    this.#disarm = outside(() => clock.after(delayMs, this.#fire, options));
  }

  readonly #fire = (): void => {
    this.#disarm = undefined;
    if (!this.#repeats) this.#forgetNumber();
    this.#errand.run();
    if (this.#repeats && !this.#closed) this.#arm(this.#delayMs);
  };

  #forgetNumber(): void {
    if (this.#number !== undefined) this.#scope.numbered.delete(this.#number);
  }

  /** An idle timer lets a night end before it is due, as it lets a process end. */
  #setIdle(idle: boolean): this {
    if (idle !== this.#idle) {
      this.#idle = idle;
      if (this.#disarm !== undefined) this.#arm(Math.max(0, this.#dueAtMs - this.#scope.world.clock.monotonic()));
    }
    return this;
  }

  ref(): this {
    return this.#setIdle(false);
  }

  unref(): this {
    return this.#setIdle(true);
  }

  hasRef(): boolean {
    return !this.#idle;
  }

  refresh(): this {
    if (!this.#closed) this.#arm(this.#delayMs);
    return this;
  }

  close(): this {
    this.#closed = true;
    this.#disarm?.();
    this.#disarm = undefined;
    this.#forgetNumber();
    return this;
  }

  [Symbol.toPrimitive](): number {
    if (this.#number === undefined) {
      this.#scope.lastNumber++;
      this.#number = this.#scope.lastNumber;
      this.#scope.numbered.set(this.#number, this);
    }
    return this.#number;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** What `setImmediate` answers in a rehearsal. */
export class Immediate {
  readonly #errand: Errand;
  #idle = false;
  #closed = false;

  constructor(scope: Scope, task: () => void) {
    this.#errand = new Errand(scope, task);
    const run = (): void => {
      if (!this.#closed) this.#errand.run();
    };
    outside(() => scope.world.clock.soon(run));
  }

  ref(): this {
    this.#idle = false;
    return this;
  }

  unref(): this {
    this.#idle = true;
    return this;
  }

  hasRef(): boolean {
    return !this.#idle && !this.#closed;
  }

  close(): void {
    this.#closed = true;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
