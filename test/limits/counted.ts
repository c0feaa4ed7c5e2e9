import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CallerPlan } from "./caller.ts";
import type { Seen, ServerHeard } from "./server.ts";

// Callers in processes of their own, one after the other on one ledger, and a server in another process that counts.

export interface Scene {
  readonly limits: CallerPlan["limits"];
  /** How long each caller lives, in milliseconds, and how it ends. */
  readonly lives: readonly { readonly ms: number; readonly ends: "stop" | "kill" }[];
  readonly records: number;
}

export async function countedBy(scene: Scene): Promise<readonly Seen[]> {
  const folder = mkdtempSync(join(tmpdir(), "waybill-limits-"));
  const server = child("server.ts", "{}");
  try {
    const { url } = (await heard(server)) as { url: string };
    for (const { ms, ends } of scene.lives) {
      const plan: CallerPlan = { url, folder, limits: scene.limits, records: scene.records };
      const caller = child("caller.ts", JSON.stringify(plan));
      const gone = once(caller, "exit");
      await Promise.race([heard(caller), gone]);
      await new Promise((later) => setTimeout(later, ms));
      if (ends === "stop") caller.send("stop");
      else caller.kill("SIGKILL");
      await gone;
    }
    server.send("seen");
    return ((await heard(server)) as { seen: readonly Seen[] }).seen;
  } finally {
    server.disconnect();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The most that any stretch of so many milliseconds saw. */
export function mostWithin(seen: readonly Seen[], perMs: number, of: (seen: Seen) => number = () => 1): number {
  const sorted = seen.toSorted((a, b) => a.atMs - b.atMs);
  let most = 0;
  let within = 0;
  let from = 0;
  for (const one of sorted) {
    within += of(one);
    while (one.atMs - (sorted[from] as Seen).atMs >= perMs) within -= of(sorted[from++] as Seen);
    most = Math.max(most, within);
  }
  return most;
}

function child(file: string, argument: string): ChildProcess {
  const path = new URL(file, import.meta.url);
  return fork(path, [argument], { execArgv: ["-C", "waybill-source"], stdio: ["ignore", "inherit", "inherit", "ipc"] });
}

function heard(from: ChildProcess): Promise<ServerHeard | { started: true }> {
  return new Promise((resolve) => from.once("message", (message) => resolve(message as ServerHeard)));
}
