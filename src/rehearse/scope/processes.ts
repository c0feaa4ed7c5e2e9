// Another process or thread has another clock and other chance. Unlike a connection, starting one fails where it is called.
import childProcess, { type ChildProcess, type SpawnOptions } from "node:child_process";
import threads from "node:worker_threads";
import { refuse } from "./refuse.ts";
import { type Replacement, replaceFunction } from "./replace.ts";
import { currentScope } from "./scope.ts";

/** `spawn`, `exec`, `execFile`, `fork` and `cluster` all come to this. */
const asynchronous = replaceFunction(
  [childProcess.ChildProcess.prototype as unknown as { spawn(options: SpawnOptions & { file: string }): unknown }],
  "spawn",
  (original) =>
    function (this: ChildProcess, options) {
      const scope = currentScope();
      if (scope === undefined) return original.call(this, options);
      throw refuse(scope, "process", `starting the process ${options.file}`);
    },
);

const synchronous = (["spawnSync", "execSync", "execFileSync"] as const).map((name) =>
  replaceFunction(
    [childProcess as unknown as Record<typeof name, (file: string, ...parameters: unknown[]) => unknown>],
    name,
    (original) =>
      (file, ...parameters) => {
        const scope = currentScope();
        if (scope === undefined) return original(file, ...parameters);
        throw refuse(scope, "process", `starting the process ${file}`);
      },
  ),
);

const workers: Replacement[] = [
  replaceFunction(
    [threads as { Worker: typeof threads.Worker }],
    "Worker",
    (original) =>
      new Proxy(original, {
        construct(target, parameters, newTarget) {
          const scope = currentScope();
          if (scope === undefined) return Reflect.construct(target, parameters, newTarget);
          throw refuse(scope, "process", `starting the thread ${String(parameters[0])}`);
        },
      }),
  ),
  // One that runs already does real work for whoever writes to it, and nobody can tell when it is done.
  replaceFunction(
    [threads.Worker.prototype],
    "postMessage",
    (original) =>
      function (this: threads.Worker, ...parameters) {
        const scope = currentScope();
        if (scope === undefined) return original.apply(this, parameters);
        throw refuse(scope, "process", "a message to a thread");
      },
  ),
];

export const noProcesses: readonly Replacement[] = [asynchronous, ...synchronous, ...workers];
