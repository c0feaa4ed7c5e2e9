import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

// Processes of the bench: each part is measured in one of its own, so that no part warms or burdens another.

const here = fileURLToPath(new URL(".", import.meta.url));

export interface Neighbour {
  readonly child: ChildProcess;
  readonly hello: Record<string, unknown>;
  /** Asks, and resolves with the next thing it says. */
  ask(message: unknown): Promise<Record<string, unknown>>;
  stop(): Promise<void>;
}

/** Starts a program of the bench beside this one, and waits for the first thing that it says. */
export async function neighbour(
  program: string,
  options: {
    readonly args?: readonly string[];
    readonly env?: NodeJS.ProcessEnv;
    readonly node?: readonly string[];
  } = {},
): Promise<Neighbour> {
  const child = fork(join(here, program), [...(options.args ?? [])], {
    execArgv: ["-C", "waybill-source", ...(options.node ?? [])],
    env: { ...process.env, ...options.env },
    serialization: "advanced",
  });
  const next = async (): Promise<Record<string, unknown>> => {
    const ended = new AbortController();
    const said = once(child, "message", { signal: ended.signal });
    const gone = once(child, "exit", { signal: ended.signal }).then(([code]) => {
      throw new Error(`${program} ended with ${code} before it answered`);
    });
    try {
      const [message] = (await Promise.race([said, gone])) as [Record<string, unknown>];
      return message;
    } finally {
      ended.abort();
      gone.catch(() => undefined);
      said.catch(() => undefined);
    }
  };
  const hello = await next();
  return {
    child,
    hello,
    ask(message) {
      const answer = next();
      child.send(message as object);
      return answer;
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, "exit");
      child.disconnect();
      await exited;
    },
  };
}

/** A folder on a real disk, where the ledgers of the bench live: a file system in memory would make a commit cost nothing. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const waybill = fileURLToPath(new URL("../.waybill/", import.meta.url));
  mkdirSync(waybill, { recursive: true });
  const folder = mkdtempSync(join(waybill, "bench-"));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
