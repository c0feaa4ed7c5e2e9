// A Waybill behind a real socket as people have it, and a person who sits before its pages in a real browser.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { assemble } from "../../src/assembly/assemble.ts";
import type { Assembly } from "../../src/assembly/assembly.ts";
import type { WatchOptions } from "../../src/define/watch.ts";
import { type BookResult, balanceOf } from "../../src/flow/books.ts";
import { type Integration, secret } from "../../src/index.ts";
import type { RecordFilter, RecordRow, RecordWhole } from "../../src/ledger/ledger.ts";
import type { WaybillEvent } from "../../src/model/events.ts";
import { listen } from "../../src/server/listen.ts";
import { systemClock } from "../../src/world/clock.ts";
import { createWorld } from "../../src/world/world.ts";

export const token = "the operators' token, in nine words or so";
export const viewerToken = "the viewers' token, in nine words or so";

/** What outlives a test, or a program that makes pictures. */
export interface Ending {
  after(end: () => Promise<void> | void): void;
}

export interface DeskOptions {
  readonly integrations: readonly Integration[];
  readonly watch?: WatchOptions;
  readonly env?: Readonly<Record<string, string>>;
  /** How long ago it begins; the clock can be put forward from there. */
  readonly agoMs?: number;
}

export class Desk {
  readonly assembly: Assembly;
  readonly url: string;
  readonly folder: string;
  readonly browser: Browser;
  readonly events: WaybillEvent[];
  /** Puts the clock forward. */
  readonly pass: (ms: number) => void;

  constructor(parts: Pick<Desk, "assembly" | "url" | "folder" | "browser" | "events" | "pass">) {
    this.assembly = parts.assembly;
    this.url = parts.url;
    this.folder = parts.folder;
    this.browser = parts.browser;
    this.events = parts.events;
    this.pass = parts.pass;
  }

  /** A window of its own, without any cookie. */
  async window(
    options: BrowserContextOptions = {},
  ): Promise<{ readonly page: Page; readonly context: BrowserContext }> {
    const context = await this.browser.newContext({ baseURL: this.url, ...options });
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    return { page, context };
  }

  /** Somebody who has signed in, as everybody does: by the page that asks for it. */
  async person(name: string, options: BrowserContextOptions = {}, as: string = token): Promise<Page> {
    const { page } = await this.window(options);
    await page.goto("/sign-in");
    await page.getByLabel("Your name").fill(name);
    await page.getByLabel("Token").fill(as);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("navigation", { name: "Sections" }).waitFor();
    return page;
  }

  async send(name: string, records: readonly unknown[], tenant?: string): Promise<string[]> {
    const { definition } = this.assembly.known(name);
    const sent = await Promise.all(records.map((one) => this.assembly.intake.send(definition, one, tenant)));
    return sent.map(({ record }) => record);
  }

  /** What is wrong is looked for now. */
  async look(): Promise<void> {
    await this.assembly.app.flush();
    await this.assembly.watch()?.look();
  }

  settled(): Promise<void> {
    return this.assembly.settled(undefined, 30_000);
  }

  async rows(filter: Partial<RecordFilter>): Promise<readonly RecordRow[]> {
    return (await this.assembly.ledger.find({ limit: 1_000, ...filter })).rows;
  }

  async whole(record: string): Promise<RecordWhole> {
    const whole = await this.assembly.ledger.record(record);
    if (whole === undefined) throw new Error(`There is no record ${record}.`);
    return whole;
  }

  async book(name: string): Promise<BookResult> {
    const { integrations } = await balanceOf(this.assembly.ledger, this.assembly.integrations.keys(), name);
    const [book] = integrations;
    if (book === undefined) throw new Error(`There is no book of ${name}.`);
    return book;
  }
}

/** Opens all but the browser; it ends with the test. */
export async function openDesk(
  t: Ending,
  browser: Browser,
  { integrations, watch = {}, env = {}, agoMs = 0 }: DeskOptions,
): Promise<Desk> {
  const folder = mkdtempSync(join(tmpdir(), "waybill-desk-"));
  const open = createWorld({ env: { WAYBILL_TOKEN: token, WAYBILL_VIEWER_TOKEN: viewerToken, ...env } });
  const events: WaybillEvent[] = [];
  let passedMs = -agoMs;
  const clock = {
    ...systemClock,
    now: () => Date.now() + passedMs,
    monotonic: () => performance.now() + passedMs,
  };
  const assembly = await assemble({
    integrations,
    watch,
    folder,
    ledger: `sqlite:${join(folder, "ledger.db")}`,
    release: "1",
    world: { ...open, clock },
    emit: (event) => events.push(event),
    server: { token: secret("WAYBILL_TOKEN"), viewerToken: secret("WAYBILL_VIEWER_TOKEN") },
  });
  const server = await listen(assembly.app, { host: "127.0.0.1", port: 0 });
  t.after(async () => {
    await Promise.all(browser.contexts().map((one) => one.close()));
    assembly.app.letGo();
    await server.close(0);
    await assembly.stop({ graceMs: 200 });
    await open.close();
    rmSync(folder, { recursive: true, force: true });
  });
  await assembly.start();
  const pass = (ms: number): void => {
    passedMs += ms;
  };
  return new Desk({ assembly, url: server.url, folder, browser, events, pass });
}
