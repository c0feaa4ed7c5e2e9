// A person on call, at two in the morning: a server that runs in a process of its own, on a clock that can be put forward; alerts that arrive where they are
// told; and a shell, in which the next step is typed as it stands. What was sold and what was booked is written down by others than Waybill.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import type { Alert } from "../../src/model/alert.ts";
import { node, program, projectFolder } from "../cli/project.ts";

export const minute = 60_000;
export const hour = 60 * minute;

const hours = fileURLToPath(new URL("hours.ts", import.meta.url));
const words = [...node, "--import", hours, program];

/** How far the clock of Waybill stands ahead. */
let aheadMs = 0;

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
}

/** Something that listens, and that is no part of Waybill. */
export async function listening(
  t: TestContext,
  answer: (request: IncomingMessage, body: string) => Answer | Promise<Answer>,
): Promise<string> {
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const { status, body: answered = {} } = await answer(request, body);
    // Its clock would have to be put forward at the same instant as Waybill's.
    response.sendDate = false;
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answered));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
}

export interface Books {
  readonly url: string;
  /** How often each was booked, by its id. */
  readonly booked: ReadonlyMap<string, number>;
  /** Decides whether a request is let in. */
  lets: (request: IncomingMessage) => boolean;
}

/** A destination that keeps books of its own, and honours idempotency keys. */
export async function openBooks(t: TestContext): Promise<Books> {
  const booked = new Map<string, number>();
  const keys = new Set<string>();
  const url = await listening(t, (request, body) => {
    if (!books.lets(request)) return { status: 401, body: { error: "invalid_token" } };
    const { id } = JSON.parse(body) as { id: string };
    const key = String(request.headers["idempotency-key"]);
    if (!keys.has(key)) booked.set(id, (booked.get(id) ?? 0) + 1);
    keys.add(key);
    return { status: 201, body: { id: `inv-${id}` } };
  });
  const books: Books = { url, booked, lets: () => true };
  return books;
}

/** Without what is another thing each night. */
const bare = (text: string): string =>
  text
    .replace(/\s+/g, " ")
    .replace(/ We were down or paused from .*? that time does not count\./g, "")
    .replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?Z?|\d\d:\d\d(?= UTC)/g, "(time)")
    .replace(/\b\d+[dhms]( \d+[hms])?\b/g, "(while)")
    .replace(/\b0p\w{9}\b/g, "(record)")
    .replace(/127\.0\.0\.1:\d+/g, "(address)")
    .replace(/some \d+ new|\d+% of/g, "(number)")
    .trim();

const page = bare(readFileSync(new URL("../../docs/at-two-in-the-morning.md", import.meta.url), "utf8"));

export class Story {
  readonly folder: string;
  /** Every message of the channel, in the order in which it came. */
  readonly told: Alert[] = [];
  url = "";
  #child: ChildProcess | undefined;
  #log = "";

  constructor(folder: string) {
    this.folder = folder;
  }

  write(file: string, text: string): void {
    writeFileSync(join(this.folder, file), text);
  }

  async start(): Promise<void> {
    const child = spawn(process.execPath, [...words, "start", "--port", "0", "--no-pretty"], {
      cwd: this.folder,
      env: this.#env(),
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    child.stderr?.on("data", (chunk) => {
      this.#log += chunk;
    });
    const [first] = await Promise.race([once(child, "message"), once(child, "exit")]);
    if (typeof first?.url !== "string") throw new Error(`start ended: ${this.#log}`);
    this.#child = child;
    this.url = first.url;
  }

  get nowMs(): number {
    return Date.now() + aheadMs;
  }

  /** What a person read stands in the documentation, save for times, names of records and addresses. */
  stands(...read: readonly string[]): void {
    for (const line of read.flatMap((text) => text.split("\n"))) {
      if (line.trim() === "" || /^ *(│|http)/.test(line)) continue;
      assert.ok(page.includes(bare(line)), `docs/at-two-in-the-morning.md does not have this line:\n${line}`);
    }
  }

  /** What `start` wrote. */
  get log(): string {
    return this.#log;
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null) return;
    child.kill("SIGTERM");
    await once(child, "exit");
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  async kill(): Promise<void> {
    this.#child?.kill("SIGKILL");
  }

  /** Time passes on the clock of the server, and of every command after that. */
  async pass(ms: number, stepMs = 10_000): Promise<void> {
    const child = this.#child;
    if (child === undefined) throw new Error("nothing runs");
    const passed = Promise.withResolvers<void>();
    const hear = (said: { aheadMs?: number; passed?: true }): void => {
      aheadMs = said.aheadMs ?? aheadMs;
      if (said.passed === true) passed.resolve();
    };
    child.on("message", hear);
    child.send({ passMs: ms, stepMs });
    await passed.promise;
    child.off("message", hear);
  }

  /** Lets time pass until something is so, a bit at a time. @returns how much passed. */
  async until(what: string, holds: () => boolean | Promise<boolean>, mostMs = hour, stepMs = 10_000): Promise<number> {
    for (let passed = 0; passed <= mostMs; passed += stepMs) {
      if (await holds()) return passed;
      await this.pass(stepMs, stepMs);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(
      `it never came to this: ${what}\n${JSON.stringify(this.told, null, 1)}\n${this.#log.slice(-4_000)}`,
    );
  }

  /** Types a line into a shell. @returns all that it printed. */
  async types(line: string, during?: (printed: string) => void): Promise<string> {
    const child = spawn("sh", ["-c", line], { cwd: this.folder, env: this.#env(), stdio: ["ignore", "pipe", "pipe"] });
    let printed = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk) => {
        printed += chunk;
        during?.(printed);
      });
    const [code] = (await once(child, "close")) as [number];
    if (process.env.STORY !== undefined) console.log(`$ ${line}\n${printed}(${code})\n`);
    return printed;
  }

  /** The alerts that were told, each once, as they were told last. */
  get alerts(): readonly Alert[] {
    return [...new Map(this.told.map((alert) => [alert.id, alert])).values()];
  }

  /** It ended well: one alert that is over, and every record accounted for and booked once. */
  async endsWell(rule: string, ids: readonly string[], { booked }: Books): Promise<Alert> {
    await this.until("the alert is over", () => this.alerts.every(({ state }) => state === "resolved"));
    const [alert, ...others] = this.alerts;
    assert.deepEqual([alert?.rule, others], [rule, []], "one incident is one alert");
    const { alerts } = await this.asks<{ alerts: Alert[] }>("npx waybill alerts --all");
    assert.deepEqual(
      alerts.map(({ id, state }) => [id, state]),
      [[alert?.id, "resolved"]],
      "and nobody was spared another one",
    );
    const { balanced, integrations } = await this.asks<{
      balanced: boolean;
      integrations: { delivered: number; received: number; duplicate: number }[];
    }>("npx waybill balance");
    const [book] = integrations;
    assert.deepEqual([balanced, book?.delivered], [true, ids.length], JSON.stringify(integrations));
    assert.deepEqual(new Map([...booked].sort()), new Map(ids.toSorted().map((id) => [id, 1])));
    return alert as Alert;
  }

  /** The same as JSON. */
  async asks<T>(line: string): Promise<T> {
    return JSON.parse(await this.types(`${line} --json`)) as T;
  }

  #env(): NodeJS.ProcessEnv {
    return { ...process.env, NO_COLOR: "1", COLUMNS: "200", HOURS_AHEAD_MS: String(aheadMs) };
  }
}

/** Puts all clocks to the coming Friday at that hour, UTC: a story that is about a weekend begins before one. */
export function beginsOnFriday(atHour: number): void {
  const now = new Date();
  const friday = Date.UTC(
    now.getUTCFullYear(),
    now.getUTCMonth(),
    now.getUTCDate() + 7 + (5 - now.getUTCDay()),
    atHour,
  );
  aheadMs = friday - Date.now();
}

/** A project in a folder of its own, with `npx waybill` as anybody has it, and a channel that tells this test. */
export async function openStory(t: TestContext): Promise<Story> {
  const story = new Story(projectFolder(t));
  t.after(() => story.kill());
  const channel = await listening(t, (_, body) => {
    story.told.push(JSON.parse(body) as Alert);
    return { status: 204 };
  });
  for (const folder of ["integrations", "node_modules/.bin"]) mkdirSync(join(story.folder, folder));
  story.write(
    "node_modules/.bin/waybill",
    `#!/bin/sh\nexec "${process.execPath}" ${words.map(quoted).join(" ")} "$@"\n`,
  );
  chmodSync(join(story.folder, "node_modules/.bin/waybill"), 0o755);
  story.write("package.json", '{"name":"shop","private":true,"type":"module"}\n');
  story.write(
    "waybill.config.ts",
    `import { config, httpAlert } from "waybill";\nexport default config({ alerts: [httpAlert("${channel}/alerts")] });\n`,
  );
  return story;
}

const quoted = (word: string): string => `"${word}"`;
