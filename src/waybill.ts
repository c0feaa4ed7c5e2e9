import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { type Config, checkConfig, type Keep, type ServerOptions } from "./define/config.ts";
import type { Definition, Integration } from "./define/definition.ts";
import { inactive } from "./define/inactive.ts";
import { systemsDeclared } from "./define/systems-declared.ts";
import { checkTogether, meantIntegration } from "./define/together.ts";
import { serveAsk } from "./flow/asks.ts";
import { type Board, watchBoard } from "./flow/board.ts";
import { type BalanceResult, balanceOf } from "./flow/books.ts";
import { Dispatch } from "./flow/dispatch.ts";
import { createInboxes, type Inboxes } from "./flow/inboxes.ts";
import { createIntake, type Intake } from "./flow/intake.ts";
import { createPauses, type Pauses } from "./flow/pauses.ts";
import { untilSettled } from "./flow/quiet.ts";
import { createRetention, keepingOf, type Retention } from "./flow/retention.ts";
import type { Workshop } from "./flow/run.ts";
import type { Ask, Ledger } from "./ledger/ledger.ts";
import type { BackedUp } from "./ledger/sqlite/backup.ts";
import { openSqlite } from "./ledger/sqlite/open.ts";
import type { Restored, RestoreOptions } from "./ledger/sqlite/restore.ts";
import { type Duration, durationMs } from "./model/duration.ts";
import { WaybillError } from "./model/errors.ts";
import type { Emit } from "./model/events.ts";
import { type App, createApp } from "./server/app.ts";
import type { Exhaustible } from "./sources/exhaust.ts";
import { type Files, startFiles } from "./sources/files.ts";
import { type Polls, startPolls } from "./sources/poll.ts";
import { unsetSecrets } from "./sources/unset-secrets.ts";
import type { Systems } from "./systems/port.ts";
import { createSecrets, type Secrets } from "./systems/secrets.ts";
import { createSystems } from "./systems/systems.ts";
import type { World } from "./world/transport.ts";
import { createWorld, type OpenWorld } from "./world/world.ts";

// Puts a Waybill together: ledger, systems, intake, dispatch, sources. Nothing runs until it is started, and until then it works beside another
// process that runs on the same ledger.

export const ledgerDefault = "sqlite:.waybill/ledger.db";

/** One integration, with the name of this version of its code. */
export interface Known {
  readonly definition: Definition;
  readonly release: string;
}

export interface AssembleOptions {
  readonly integrations: readonly Integration[];
  readonly ledger?: string;
  readonly server?: ServerOptions;
  readonly alerts?: Config["alerts"];
  readonly keep?: Keep;
  readonly release?: string;
  /** By integration, where each has its own. */
  readonly releases?: ReadonlyMap<string, string>;
  readonly world?: World;
  readonly emit?: Emit;
  /** Refuse to create a ledger that is not there. */
  readonly mustExist?: boolean;
  /** What the globs of file sources are relative to; the working directory by default. */
  readonly folder?: string;
}

/** Everything of one Waybill, for the command line, the server and tests. */
export interface Assembly {
  readonly ledger: Ledger;
  readonly integrations: ReadonlyMap<string, Known>;
  readonly intake: Intake;
  readonly inboxes: Inboxes;
  readonly pauses: Pauses;
  readonly retention: Retention;
  readonly systems: Systems;
  readonly secrets: Secrets;
  readonly world: World;
  readonly emit: Emit;
  readonly app: App;
  /** What is declared and does nothing in this version. */
  readonly inactive: readonly string[];
  readonly running: boolean;
  /** Takes the ledger over, and reads sources and delivers until it is stopped. @throws {WaybillError} `ledger-owned`. */
  start(options?: StartWith): Promise<void>;
  /** Takes nothing new, finishes what is under way for at most `graceMs` (10 s), and closes. What is not finished goes on after the next start. */
  stop(options?: { readonly graceMs?: number }): Promise<void>;
  known(name: string): Known;
  settled(name: string | undefined, timeoutMs: number): Promise<void>;
  polls(): Polls | undefined;
  files(): Files | undefined;
  /** Sources that can be read to their end, once it is started. */
  sources(): readonly Exhaustible[];
}

interface StartWith {
  /** Only this integration is delivered, and its sources are read only when they are asked to be. */
  readonly only?: string;
}

const graceMsDefault = 10_000;

export async function assemble(options: AssembleOptions): Promise<Assembly> {
  const world: World | OpenWorld = options.world ?? createWorld();
  const emit: Emit = options.emit ?? (() => undefined);
  const integrations = knownBy(options, world);
  const folder = resolve(options.folder ?? ".");
  const secrets = createSecrets(world.env, (path) => readFileSync(path, "utf8"));
  const address = options.ledger ?? ledgerDefault;
  const ledger = await openSqlite({ address, role: "guest", mustExist: options.mustExist === true }, world);
  const systems = createSystems(world, { secrets, emit });

  let dispatch: Dispatch | undefined;
  let polls: Polls | undefined;
  let files: Files | undefined;
  let stopping: Promise<void> | undefined;
  let board: Board | undefined;
  const ended = new AbortController();

  const intake = createIntake({
    ledger,
    world,
    emit,
    integrations,
    onTaken: (claimed) => dispatch?.take(claimed),
    onWaiting: () => dispatch?.wake(),
    claimRoom: () => dispatch?.room() ?? 0,
  });
  const inboxes = createInboxes({ ledger, integrations, clock: world.clock, emit, onWaiting: () => dispatch?.wake() });
  const pauses = createPauses({
    ledger,
    integrations,
    systems: () => systemsDeclared().map(({ name }) => name),
    clock: world.clock,
    onChange: () => void board?.look(),
  });
  const app = createApp({
    ledger,
    integrations,
    intake,
    inboxes,
    pauses,
    systems,
    secrets,
    world,
    emit,
    trustedProxies: options.server?.trustedProxies ?? [],
    token: options.server?.token,
  });

  function known(name: string): Known {
    const found = integrations.get(name);
    if (found !== undefined) return found;
    const definitions = [...integrations.values()].map(({ definition }) => definition);
    throw new WaybillError(
      "unknown-integration",
      `There is no integration "${name}".`,
      meantIntegration(name, definitions),
    );
  }

  const retention = createRetention(ledger, world.clock, emit, ended.signal);
  const sources = (): readonly Exhaustible[] => [...(polls?.sources ?? []), ...(files?.sources ?? [])];

  async function start({ only }: StartWith = {}): Promise<void> {
    if (stopping !== undefined)
      throw new WaybillError("not-running", "This Waybill has been stopped.", "Create a new one.");
    if (dispatch !== undefined) return;
    await ledger.own(world.clock.now());
    const { clock } = world;
    const asked = { ledger, integrations, sources, retention, clock, emit, isStopping: () => stopping !== undefined };
    // What was asked of an owner before this one is served once this one runs.
    const ready = Promise.withResolvers<void>();
    const onAsk = (ask: Ask): void => void ready.promise.then(() => serveAsk(asked, ask));
    board = watchBoard({ ledger, systems, clock, emit, onAsk, onLooked: () => dispatch?.wake() });
    // Before anything runs: what is paused, and what a restored backup left in doubt.
    await board.look();
    const { look } = board;
    const names = [...integrations.keys()].filter((name) => only === undefined || name === only);
    const shop: Workshop = {
      ledger,
      systems,
      world,
      emit,
      startedAtMs: world.clock.now(),
      sentHere: new Set(),
      restores: () => board?.restores ?? [],
    };
    dispatch = new Dispatch({
      shop,
      turnFor: ({ integration }) => integrations.get(integration),
      integrations: names,
    });
    ledger.onForeignWrite(() => void look());
    dispatch.start();
    polls = startPolls({ integrations, only, ledger, intake, systems, world, emit });
    files = startFiles({ integrations, only, ledger, intake, world, emit, folder });
    if (only === undefined) void retention.keepTidy(keepingOf(options.keep));
    emit({
      event: "started",
      integrations: names,
      ledger: ledger.facts.address,
      release: options.release ?? "",
    });
    const definitions = [...integrations.values()].map(({ definition }) => definition);
    for (const what of [...unused, ...unsetSecrets(definitions, secrets)]) emit({ event: "inactive", what });
    ready.resolve();
  }

  async function stop({ graceMs = graceMsDefault }: { readonly graceMs?: number } = {}): Promise<void> {
    emit({ event: "stopping" });
    ended.abort();
    await Promise.all([polls?.stop(), files?.stop()]);
    await dispatch?.drain(graceMs);
    await app.flush();
    await systems.stop();
    await ledger.close();
    if (options.world === undefined) await (world as OpenWorld).close();
    emit({ event: "stopped" });
  }

  const unused = [
    ...[...integrations.values()].flatMap(({ definition }) => inactive(definition)),
    ...inactive({ ...(options.alerts === undefined ? {} : { alerts: options.alerts }) }),
  ];

  return {
    ledger,
    integrations,
    intake,
    inboxes,
    pauses,
    retention,
    systems,
    secrets,
    world,
    emit,
    app,
    inactive: unused,
    get running() {
      return dispatch !== undefined && stopping === undefined;
    },
    start,
    stop(stopOptions) {
      stopping ??= stop(stopOptions);
      return stopping;
    },
    known,
    settled: (name, timeoutMs) => untilSettled(ledger, world.clock, name, timeoutMs),
    polls: () => polls,
    files: () => files,
    sources,
  };
}

/**
 * Copies the ledger of an assembly into one file, while whatever runs on it goes on. Stops this thread while it does.
 *
 * @throws {WaybillError} `bad-usage` when the file is there, `ledger-full`, `ledger-failed`.
 */
export async function backupLedger({ ledger, world }: Assembly, file: string): Promise<BackedUp> {
  // Only here is SQLite opened in this thread, so it is loaded only here.
  const { backupSqlite } = await import("./ledger/sqlite/backup.ts");
  return backupSqlite({ address: ledger.facts.address, file, nowMs: world.clock.now(), random: world.random });
}

export type { Restored } from "./ledger/sqlite/restore.ts";

/**
 * Puts a backup in the place of a ledger that nobody runs: ledger/sqlite/restore.ts tells what becomes of effects.
 *
 * @throws {WaybillError} `ledger-owned` while something runs on it, `bad-usage` for what is no backup, `ledger-failed` for one that is damaged.
 */
export async function restoreLedger(options: Omit<RestoreOptions, "random">, world: World): Promise<Restored> {
  const { restoreSqlite } = await import("./ledger/sqlite/restore.ts");
  return restoreSqlite({ ...options, random: world.random });
}

function knownBy(options: AssembleOptions, world: World): ReadonlyMap<string, Known> {
  checkTogether(options.integrations.map(({ definition }) => definition));
  // Without a name for this version of the code, every process is taken for another version.
  const unnamed = options.release ?? world.random.uuid();
  return new Map(
    options.integrations.map(({ name, definition }) => [
      name,
      { definition, release: options.releases?.get(name) ?? unnamed },
    ]),
  );
}

type InputOf<I extends readonly Integration[], N extends string> =
  Extract<I[number], { readonly name: N }> extends Integration<N, infer Input> ? Input : never;

export interface SendResult {
  readonly record: string;
  readonly state: string;
}

/** Waybill inside a program. */
export interface Waybill<I extends readonly Integration[] = readonly Integration[]> extends AsyncDisposable {
  /** Takes the ledger over, reads sources and delivers. Does not listen: mount `fetch` in a server, or run `waybill start`. */
  start(): Promise<void>;
  /** Sends one record through the boundary; it is durable when this resolves, wherever it then waits. */
  send<N extends I[number]["name"]>(name: N, record: InputOf<I, N>): Promise<SendResult>;
  /** Resolves when no record is waiting or delivering. @throws {WaybillError} `timed-out` after `timeout` (`"30s"`). */
  settled(name?: I[number]["name"], options?: { timeout?: Duration }): Promise<void>;
  /** The books: every received record is accounted for. */
  balance(name?: I[number]["name"]): Promise<BalanceResult>;
  /**
   * The same intake, API and pages as the server's, for a server of your own.
   *
   * @param from.address of whoever connected, where your server knows it: webhooks that only take some addresses need it.
   */
  fetch(request: Request, from?: { readonly address?: string }): Promise<Response>;
  /** Finishes what is under way for a while, and closes the ledger. What is not finished goes on after the next start. */
  stop(): Promise<void>;
}

/**
 * Makes a Waybill inside a program of your own.
 *
 * @throws {WaybillError} `bad-definition`, `bad-configuration`, or what opening the ledger throws.
 * @example
 * await using waybill = await createWaybill({ integrations: [orders] });
 * await waybill.start();
 * await waybill.send("orders", { id: "A-1", total: 1200 });
 */
export async function createWaybill<const I extends readonly Integration[]>(
  options: Omit<Config, "integrations"> & { integrations: I },
): Promise<Waybill<I>> {
  checkConfig(options);
  const assembly = await assemble(options);
  const stop = (): Promise<void> => assembly.stop();
  return {
    start: () => assembly.start(),
    async send(name, record) {
      return assembly.intake.send(assembly.known(name).definition, record);
    },
    async settled(name, settledOptions) {
      if (name !== undefined) assembly.known(name);
      await assembly.settled(name, durationMs(settledOptions?.timeout ?? "30s", "timeout"));
    },
    async balance(name) {
      if (name !== undefined) assembly.known(name);
      return balanceOf(assembly.ledger, assembly.integrations.keys(), name);
    },
    fetch: (request, from) => assembly.app.fetch(request, from?.address),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
