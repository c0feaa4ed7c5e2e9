import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { programsOf } from "../../scripts/components.ts";

// A Prometheus of its own for a test, with files in a folder that goes when the test ends.

export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

export interface RuleState {
  readonly name: string;
  readonly type: "alerting" | "recording";
  readonly query: string;
  readonly health: string;
  readonly lastError?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface Firing {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: string;
}

export interface Prometheus {
  readonly url: string;
  /** What an expression is now. @throws {Error} what Prometheus has against it. */
  query(expr: string): Promise<readonly Sample[]>;
  rules(): Promise<readonly RuleState[]>;
  firing(): Promise<readonly Firing[]>;
  targets(): Promise<readonly { scrapePool: string; health: string; lastError: string }[]>;
  log(): string;
}

/** @param files by name; `prometheus.yml` is the one that it reads. */
export async function startPrometheus(t: TestContext, files: Readonly<Record<string, string>>): Promise<Prometheus> {
  const { prometheus = "" } = programsOf("prometheus");
  const folder = mkdtempSync(join(tmpdir(), "waybill-prometheus-"));
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const port = await freePort();
  const words = ["--config.file=prometheus.yml", `--web.listen-address=127.0.0.1:${port}`, "--storage.tsdb.path=data"];
  const child = spawn(prometheus, words, { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
  let log = "";
  child.stderr.on("data", (chunk) => {
    log += chunk;
  });
  t.after(() => end(child));
  const url = `http://127.0.0.1:${port}`;
  await ready(url, child, () => log);
  const ask = async <T>(path: string): Promise<T> => {
    const answer = await fetch(url + path);
    const { status, data, error } = (await answer.json()) as { status: string; data: T; error?: string };
    if (status !== "success") throw new Error(`${decodeURIComponent(path)}: ${error}`);
    return data;
  };
  return {
    url,
    query: async (expr) =>
      (await ask<{ result: readonly Sample[] }>(`/api/v1/query?query=${encodeURIComponent(expr)}`)).result,
    rules: async () =>
      (await ask<{ groups: { rules: RuleState[] }[] }>("/api/v1/rules")).groups.flatMap(({ rules }) => rules),
    firing: async () =>
      (await ask<{ alerts: Firing[] }>("/api/v1/alerts")).alerts.filter(({ state }) => state === "firing"),
    targets: async () =>
      (await ask<{ activeTargets: { scrapePool: string; health: string; lastError: string }[] }>("/api/v1/targets"))
        .activeTargets,
    log: () => log,
  };
}

async function ready(url: string, child: ChildProcess, log: () => string): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (child.exitCode !== null) throw new Error(`Prometheus has ended: ${log()}`);
    const answer = await fetch(`${url}/-/ready`).catch(() => undefined);
    if (answer?.ok === true) return;
    await new Promise((later) => setTimeout(later, 100));
  }
  throw new Error(`Prometheus is not ready: ${log()}`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "exit");
}

/** Prometheus does not say which port it was given, so it is told one that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}
