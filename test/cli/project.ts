import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";

const checkout = fileURLToPath(new URL("../../", import.meta.url));
export const program: string = join(checkout, "src/cli/waybill.ts");
export const node: readonly string[] = ["-C", "waybill-source", "--disable-warning=ExperimentalWarning"];

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder in which the command line works as in a project of a user's own. */
export function projectFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "waybill-cli-"));
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(checkout, join(folder, "node_modules/waybill"));
  symlinkSync(join(checkout, "node_modules/zod"), join(folder, "node_modules/zod"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface RunOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs one command to its end. */
export function waybill(folder: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  return nodeIn(folder, [program, ...args], options);
}

/** Runs Node there, in which `waybill` is this checkout. */
export async function nodeIn(folder: string, args: readonly string[], { input, env }: RunOptions = {}): Promise<Ran> {
  // A test runner within this one would tell this one, and not print.
  const { NODE_TEST_CONTEXT: _, ...own } = process.env;
  const child = spawn(process.execPath, [...node, ...args], {
    cwd: folder,
    env: { ...own, NO_COLOR: "1", ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  child.stdin.end(input ?? "");
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  const [code] = (await once(child, "close")) as [number | null];
  return { code, stdout, stderr };
}

export async function json<T>(folder: string, args: readonly string[]): Promise<T> {
  const ran = await waybill(folder, [...args, "--json"]);
  try {
    return JSON.parse(ran.stdout) as T;
  } catch {
    throw new Error(`${args.join(" ")} printed no JSON: ${ran.stdout}${ran.stderr}`);
  }
}

/** `start` in a process of its own, once it listens. */
export async function started(
  t: TestContext,
  folder: string,
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly url: string; readonly child: ChildProcess; readonly log: () => string }> {
  const child = spawn(process.execPath, [...node, program, "start", "--port", "0", "--no-pretty"], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  t.after(() => child.kill("SIGKILL"));
  let log = "";
  child.stderr?.on("data", (chunk) => {
    log += chunk;
  });
  const first = await Promise.race([once(child, "message"), once(child, "exit")]);
  const { url } = (first[0] ?? {}) as { url?: string };
  if (url === undefined) throw new Error(`start ended: ${log}`);
  return { url, child, log: () => log };
}

/** Waits until something holds, looking ten times a second. */
export async function until(what: string, holds: () => Promise<boolean>, patienceMs = 10_000): Promise<void> {
  for (let tries = 0; tries < patienceMs / 100; tries++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`it never came to this: ${what}`);
}
