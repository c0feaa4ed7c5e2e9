import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Said, Told } from "./guest.ts";

/** Another process on the same ledger. */
export interface Other {
  readonly process: ChildProcess;
  tell(told: Told): Promise<Said>;
  /** What it would get from a power cut. */
  kill(): Promise<void>;
}

export function otherProcess(options: { readonly uid?: number } = {}): Other {
  const child = fork(fileURLToPath(new URL("guest.ts", import.meta.url)), {
    execArgv: ["-C", "waybill-source"],
    stdio: "inherit",
    ...options,
  });
  return {
    process: child,
    async tell(told) {
      child.send(told);
      const [said] = (await once(child, "message")) as [Said];
      return said;
    },
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
    },
  };
}
