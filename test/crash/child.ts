import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** Many are started one after the other, and most of a start is compiling. */
const compiled = fileURLToPath(new URL("../../node_modules/.cache/compiled", import.meta.url));

/** A process of the test, spoken to by messages. */
export class Child<Told, Heard> {
  readonly process: ChildProcess;
  /** Resolves when it is gone, with the signal that ended it. */
  readonly gone: Promise<NodeJS.Signals | null>;
  readonly #listeners = new Set<(heard: Heard) => void>();

  constructor(program: string, argument: unknown) {
    this.process = fork(fileURLToPath(new URL(program, import.meta.url)), [JSON.stringify(argument)], {
      execArgv: ["-C", "waybill-source"],
      env: { ...process.env, NODE_COMPILE_CACHE: compiled },
      serialization: "advanced",
    });
    this.gone = once(this.process, "exit").then(([, signal]) => signal as NodeJS.Signals | null);
    this.process.on("message", (heard) => {
      for (const listener of this.#listeners) listener(heard as Heard);
    });
  }

  get alive(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  on(listener: (heard: Heard) => void): void {
    this.#listeners.add(listener);
  }

  tell(told: Told): void {
    if (this.process.connected) this.process.send(told as object, () => undefined);
  }

  /** The next thing of this kind that it says; undefined when it dies first. */
  hear<Kind extends string>(kind: Kind): Promise<Extract<Heard, Record<Kind, unknown>> | undefined> {
    return new Promise((resolve) => {
      const listener = (heard: Heard): void => {
        if (!(kind in (heard as object))) return;
        this.#listeners.delete(listener);
        resolve(heard as Extract<Heard, Record<Kind, unknown>>);
      };
      this.#listeners.add(listener);
      void this.gone.then(() => resolve(undefined));
    });
  }

  ask<Kind extends string>(told: Told, kind: Kind): Promise<Extract<Heard, Record<Kind, unknown>> | undefined> {
    const heard = this.hear(kind);
    this.tell(told);
    return heard;
  }

  async stop(): Promise<void> {
    if (!this.alive) return;
    this.process.disconnect();
    await this.gone;
  }
}
