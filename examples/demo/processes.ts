import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Count, DestinationOptions } from "./destination.ts";

// The two processes beside the demo's own: the destination, and Waybill's server, which is killed and started again on the same port.

const node = ["-C", "waybill-source"];
const inHere = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export class DestinationProcess {
  readonly #child: ChildProcess;
  readonly url: string;

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
  }

  static async start(options: DestinationOptions): Promise<DestinationProcess> {
    const child = fork(inHere("destination.ts"), [JSON.stringify(options)], { execArgv: node });
    const [{ url }] = (await once(child, "message")) as [{ url: string }];
    return new DestinationProcess(child, url);
  }

  async count(): Promise<Count> {
    const counted = once(this.#child, "message");
    this.#child.send("count");
    const [count] = (await counted) as [Count];
    return count;
  }

  stop(): void {
    this.#child.disconnect();
  }
}

export interface ServerOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly log: string;
}

/** `waybill start`, as anybody would run it. */
export class ServerProcess {
  url = "";
  readonly #options: ServerOptions;
  #child: ChildProcess | undefined;

  constructor(options: ServerOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const log = openSync(this.#options.log, "a");
    const port = this.url === "" ? "0" : new URL(this.url).port;
    const args = ["start", "--config", inHere("waybill.config.ts"), "--port", port];
    const child = fork(inHere("../../src/cli/waybill.ts"), args, {
      execArgv: node,
      env: { ...process.env, ...this.#options.env },
      stdio: ["ignore", log, log, "ipc"],
    });
    closeSync(log);
    this.#child = child;
    const gone = once(child, "exit").then(([code, signal]) => {
      throw new Error(`The server ended with ${code ?? signal} before it listened. Its log: ${this.#options.log}`);
    });
    gone.catch(() => undefined);
    const [{ url }] = (await Promise.race([once(child, "message"), gone])) as [{ url: string }];
    this.url = url;
  }

  /** As a power cut would have it. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  async stop(): Promise<void> {
    await this.#end("SIGTERM");
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill(signal);
    await gone;
  }
}
