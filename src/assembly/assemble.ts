import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { callsKept } from "../define/calls.ts";
import type { Integration } from "../define/definition.ts";
import { inactive } from "../define/inactive.ts";
import { mailedReport } from "../define/report.ts";
import { systemsDeclared } from "../define/systems-declared.ts";
import { checkTogether, meantIntegration } from "../define/together.ts";
import { checkWatched } from "../define/watch.ts";
import { serveAsk } from "../flow/asks.ts";
import { type Board, watchBoard } from "../flow/board.ts";
import { Dispatch } from "../flow/dispatch.ts";
import { createInboxes } from "../flow/inboxes.ts";
import { createIntake } from "../flow/intake.ts";
import { drainOutbox, type OutboxDrain } from "../flow/outbox.ts";
import { createPauses } from "../flow/pauses.ts";
import { untilSettled } from "../flow/quiet.ts";
import { createRetention, keepingOf } from "../flow/retention.ts";
import type { Workshop } from "../flow/run.ts";
import { agesKept } from "../flow/set-backs.ts";
import type { Ask } from "../ledger/ledger.ts";
import { WaybillError } from "../model/errors.ts";
import type { Emit } from "../model/events.ts";
import { declared } from "../model/options.ts";
import type { Tracing } from "../model/tracing.ts";
import { lacksServer, type Mailing, mailReports, reportIntegration, reportMailer } from "../report/mailed.ts";
import { createApp } from "../server/app.ts";
import type { Exhaustible } from "../sources/exhaust.ts";
import { type Files, startFiles } from "../sources/files.ts";
import { type Polls, startPolls } from "../sources/poll.ts";
import { unsetSecrets } from "../sources/unset-secrets.ts";
import { CallLog } from "../systems/calls/log.ts";
import { createSecrets } from "../systems/secrets.ts";
import { createSystems } from "../systems/systems.ts";
import { createTenants } from "../systems/tenants.ts";
import { channelsOf } from "../watch/channels/channels.ts";
import { poster } from "../watch/channels/post.ts";
import { beat } from "../watch/heartbeat.ts";
import { createMeter } from "../watch/metrics/meter.ts";
import { loadTracing } from "../watch/traces/tracing.ts";
import type { World } from "../world/transport.ts";
import { createWorld, type OpenWorld } from "../world/world.ts";
import { type AssembleOptions, type Assembly, type Known, ledgerDefault, type StartWith } from "./assembly.ts";
import { longestRequestMs, openLedger } from "./open-ledger.ts";
import { mayBeTenant, tenantsOf } from "./tenants-of.ts";
import { type WatchingOver, watchOver } from "./watch-over.ts";

// Puts a Waybill together: ledger, systems, intake, dispatch, sources. Nothing runs until it is started, and until then it works beside another
// process that runs on the same ledger.

/** What `stop` gives runs that are under way. */
export const graceMsDefault = 10_000;

export async function assemble(options: AssembleOptions): Promise<Assembly> {
  const world: World | OpenWorld = options.world ?? createWorld();
  const outward: Emit = options.emit ?? (() => undefined);
  let watch: WatchingOver | undefined;
  const meter = createMeter(world.clock);
  const emit: Emit = (event) => {
    outward(event);
    if (options.unwatched === true) return;
    meter.read(event);
    watch?.notice(event);
  };
  const integrations = knownBy(options, world);
  checkWatched(declared("config", "bad-configuration"), options.watch, [...integrations.keys()]);
  const folder = resolve(options.folder ?? ".");
  const secrets = createSecrets(world.env, (path) => readFileSync(path, "utf8"));
  const address = options.ledger ?? ledgerDefault;
  const ledger = await (options.openLedger ?? openLedger)(
    {
      address,
      role: "guest",
      mustExist: options.mustExist === true,
      worker: { release: options.release, runs: [...integrations.keys()], requestMsMax: longestRequestMs },
    },
    world,
  );
  const tenants = createTenants(tenantsOf(options), { world, secrets, emit });
  let dispatch: Dispatch | undefined;
  const onCalledIn = (): void => dispatch?.wake();
  const calls = new CallLog({ ledger, clock: world.clock, redact: secrets.redact, kept: callsKept(options.calls) });
  const systems = createSystems(world, { secrets, tenants, emit, ledger, calls, onCalledIn });

  let polls: Polls | undefined;
  let files: Files | undefined;
  let outbox: OutboxDrain | undefined;
  let stopping: Promise<void> | undefined;
  let board: Board | undefined;
  let tracing: Tracing | undefined;
  let mailing: Mailing | undefined;
  let stopHeart = (): void => undefined;
  const ended = new AbortController();

  const post = poster({ ...world, secrets, print: (line) => void process.stdout.write(`${line}\n`) });
  const channels = channelsOf(options.alerts ?? [], { post, clock: world.clock, secrets });
  const mailed =
    options.report === undefined
      ? undefined
      : mailedReport(declared("config", "bad-configuration"), options.report, options.alerts);
  const reports = { ledger, names: [...integrations.keys()], redact: secrets.redact, secrets, clock: world.clock };
  const mailer = mailed === undefined ? [] : [reportIntegration(reportMailer(mailed, reports))];
  /** Those of the user, and what tells the channels and mails the report. */
  const all = withInternal(integrations, [...channels.integrations, ...mailer]);

  const intake = createIntake({
    ledger,
    world,
    emit,
    redact: secrets.redact,
    integrations: all,
    onTaken: (claimed) => dispatch?.take(claimed),
    onWaiting: (integration, tenant) => dispatch?.wakeFor(integration, tenant),
    claimRoom: (integration, tenant) => dispatch?.room(integration, tenant) ?? 0,
    onDurable: (...durable) => watch?.taken(...durable),
    tracing: () => tracing,
  });
  const inboxes = createInboxes({
    ledger,
    integrations: all,
    clock: world.clock,
    emit,
    redact: secrets.redact,
    onWaiting: () => dispatch?.wake(),
  });
  const pauses = createPauses({
    ledger,
    integrations,
    systems: () => systemsDeclared().map(({ name }) => name),
    isTenant: (id) => mayBeTenant(tenants, id),
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
    calls,
    secrets,
    tenants,
    world,
    emit,
    meter,
    release: options.release,
    server: options.server ?? {},
    sources: () => ({ polls: polls?.status() ?? [], files: files?.status() ?? [] }),
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
    if (options.unwatched !== true) tracing = await loadTracing({ clock: world.clock, redact: secrets.redact });
    const { clock } = world;
    const isStopping = (): boolean => stopping !== undefined;
    const asked = { ledger, integrations, sources, retention, systems, tenants, clock, emit, isStopping };
    // What was asked of an owner before this one is served once this one runs.
    const ready = Promise.withResolvers<void>();
    const onAsk = (ask: Ask): void => void ready.promise.then(() => serveAsk(asked, ask));
    board = watchBoard({ ledger, systems, clock, emit, onAsk, onLooked: () => dispatch?.wake() });
    // Before anything runs: what is paused, and what a restored backup left in doubt.
    await board.look();
    await systems.look();
    await tenants.start();
    const names = [...integrations.keys()].filter((name) => only === undefined || name === only);
    const shop: Workshop = {
      ledger,
      systems,
      tenants,
      world,
      emit,
      redact: secrets.redact,
      ages: await agesKept({ ledger, world, signal: ended.signal }),
      restores: () => board?.restores ?? [],
      tracing,
    };
    dispatch = new Dispatch({
      shop,
      turnFor: ({ integration }) => all.get(integration),
      integrations: only === undefined ? [...all.keys()] : names,
    });
    ledger.onLost(async () => {
      emit({ event: "worker.lost" });
      await dispatch?.letGo("this worker was taken for dead, and its records were given to others");
    });
    ledger.onForeignWrite((what) => {
      if (what === "due") return dispatch?.wake();
      if (what === "sent") return outbox?.look();
      void board?.look();
      // A ledger that fails is told by the board.
      void systems.look().catch(() => undefined);
    });
    dispatch.start();
    polls = startPolls({ integrations, only, ledger, intake, systems, tenants, world, emit, tracing });
    if (options.noFiles !== true) files = startFiles({ integrations, only, ledger, intake, world, emit, folder });
    outbox = drainOutbox({
      ledger,
      intake,
      integrations: only === undefined ? integrations : new Map(names.map((name) => [name, known(name)])),
      clock,
      isMine: () => ledger.isSteward(),
    });
    if (only === undefined) {
      void retention.keepTidy(keepingOf(options.keep));
      if (options.unwatched !== true)
        watch = watchOver({
          ledger,
          world,
          secrets,
          emit,
          systems,
          tenants,
          polls: () => polls,
          files: () => files,
          definitions: [...integrations.values()].map(({ definition }) => definition),
          options: options.watch,
          publicUrl: options.server?.publicUrl,
          flush: () => app.flush(),
          tell: channels.tell(({ definition }, record) => intake.send(definition, record)),
          tellDirectly: channels.tellDirectly,
        });
      watch?.start();
      const [report] = mailer;
      if (mailed !== undefined && report !== undefined && lacksServer(mailed, secrets) === undefined) {
        const send = (due: unknown): Promise<unknown> => intake.send(report.definition, due);
        mailing = mailReports(mailed, { ledger, clock, emit, send });
      }
      const { heartbeat } = options;
      if (heartbeat !== undefined)
        stopHeart = beat(heartbeat, { ...world, secrets, emit, probe: () => ledger.probe() });
    }
    emit({
      event: "started",
      integrations: names,
      ledger: ledger.facts.address,
      release: options.release ?? "",
    });
    const definitions = [...integrations.values()].map(({ definition }) => definition);
    for (const what of [...unused, ...unsetSecrets(definitions, secrets), ...mute()]) emit({ event: "inactive", what });
    ready.resolve();
  }

  async function stop({ graceMs = graceMsDefault }: { readonly graceMs?: number } = {}): Promise<void> {
    emit({ event: "stopping" });
    ended.abort();
    tenants.stop();
    stopHeart();
    mailing?.stop();
    await watch?.stop();
    // Others take over what falls idle, while what is in hand is finished.
    await Promise.all([polls?.stop(), files?.stop(), outbox?.stop(), ledger.leave().catch(() => undefined)]);
    await dispatch?.drain(graceMs);
    app.letGo();
    await app.flush();
    await systems.stop();
    await calls.flush();
    await ledger.close();
    await tracing?.flush();
    if (options.world === undefined) await (world as OpenWorld).close();
    emit({ event: "stopped" });
  }

  const mute = (): string[] => [
    ...channels.named.flatMap(({ name, channel }) => {
      const lacks = channels.lacks(channel);
      return lacks === undefined ? [] : [`alerts: ${name} is told nothing: ${lacks}`];
    }),
    ...unmailed(),
  ];
  const unmailed = (): string[] => {
    const lacks = mailed === undefined ? undefined : lacksServer(mailed, secrets);
    return lacks === undefined ? [] : [`report: it is mailed to nobody: ${lacks}`];
  };
  const unused = [...[...integrations.values()].flatMap(({ definition }) => inactive(definition))];

  return {
    ledger,
    integrations,
    intake,
    inboxes,
    pauses,
    retention,
    systems,
    calls,
    secrets,
    tenants,
    world,
    emit,
    app,
    get inactive() {
      return [...unused, ...mute()];
    },
    channels,
    post,
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
    outbox: () => outbox,
    watch: () => watch,
    sources,
  };
}

function withInternal(
  integrations: ReadonlyMap<string, Known>,
  internal: readonly Integration[],
): ReadonlyMap<string, Known> {
  const own = internal.map(({ name, definition }): [string, Known] => [name, { definition, release: "waybill" }]);
  return new Map([...integrations, ...own]);
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
