import { type ChildProcess, fork } from "node:child_process";
import { watch } from "node:fs";
import { dirname, resolve as resolvePath } from "node:path";
import { fileURLToPath } from "node:url";
import { systemClock } from "../world/clock.ts";
import type { ExitCode } from "./command.ts";
import { say, styled } from "./output.ts";
import { dashboardAt, type StartOptions } from "./start.ts";

const settleMs = 150;
/** Code and the environment; a sample or a test that is saved must not cost a sender its webhook. */
const watched = /\.(ts|mts|js|mjs)$|(^|\/)\.env$/;
const ignored = /(^|\/)(node_modules|\.waybill|\.git|dist)(\/|$)|\.test\.[a-z]+$/;

/** `dev`: `start` in a process of its own, started anew whenever a file changes. What was under way goes on after the restart, as after any other. */
export async function dev(options: StartOptions): Promise<ExitCode> {
  const program = fileURLToPath(
    new URL(import.meta.url.endsWith(".ts") ? "./waybill.ts" : "./waybill.js", import.meta.url),
  );
  const args = [
    ...(options.config === undefined ? [] : ["--config", options.config]),
    ...(options.ledger === undefined ? [] : ["--ledger", options.ledger]),
    "start",
    "--pretty",
    ...(options.port === undefined ? [] : ["--port", options.port]),
  ];
  let child: ChildProcess | undefined;
  let ending = false;

  const startChild = (): void => {
    child = fork(program, args, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    child.on("message", (message) => {
      const { url } = message as { url: string };
      say(
        `${styled("green", "➜")} dashboard: ${styled("bold", dashboardAt(undefined, url))}  ${styled("dim", "restarts when a file changes; Ctrl+C ends it")}`,
      );
    });
    child.on("exit", (code) => {
      if (!ending && code !== 0 && code !== null) say(styled("dim", "Waiting for a change…"));
    });
  };
  const stopChild = (): Promise<void> =>
    new Promise((resolve) => {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return resolve();
      child.once("exit", () => resolve());
      child.kill("SIGTERM");
    });

  startChild();
  let cancelRestart = (): void => undefined;
  let restarting = Promise.resolve();
  const folder = options.config === undefined ? process.cwd() : dirname(resolvePath(options.config));
  const watcher = watch(folder, { recursive: true }, (_, file) => {
    if (file === null || ignored.test(file) || !watched.test(file)) return;
    cancelRestart();
    cancelRestart = systemClock.after(settleMs, () => {
      say(styled("dim", `${file} changed`));
      restarting = restarting.then(stopChild).then(() => (ending ? undefined : startChild()));
    });
  });
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
  ending = true;
  watcher.close();
  await stopChild();
  return 0;
}
