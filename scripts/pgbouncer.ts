// A real PgBouncer in front of a server of a test, in transaction mode: whoever has a connection to it has one to the server only while a transaction
// runs, so that nothing of a session lasts.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { librariesOf, programsOf } from "./components.ts";
import { asOther, freePort, give, throwAway } from "./throw-away.ts";

export interface PgBouncer extends AsyncDisposable {
  readonly port: number;
  readonly pid: number;
  /** As the server's `url`. */
  url(database?: string): string;
  log(): string;
}

/**
 * Starts a PgBouncer for the server that listens on `server.port` of this machine.
 *
 * @param settings more lines for its section `[pgbouncer]`.
 * @throws {Error} when it cannot be had, or does not start: with what it said.
 * @example
 * await using postgres = await startPostgres({ version: 15 });
 * await using pgbouncer = await startPgBouncer(postgres);
 */
export async function startPgBouncer(
  server: { readonly port: number },
  settings: Readonly<Record<string, string | number>> = {},
): Promise<PgBouncer> {
  const { pgbouncer: program = "" } = programsOf("pgbouncer");
  const place = throwAway("pgbouncer");
  const port = await freePort();
  const file = (name: string) => join(place.folder, name);
  const put = (name: string, text: string): void => {
    writeFileSync(file(name), text);
    give(file(name));
  };
  const lines = Object.entries({
    listen_addr: "127.0.0.1",
    listen_port: port,
    unix_socket_dir: "",
    auth_type: "trust",
    auth_file: file("users"),
    pool_mode: "transaction",
    pidfile: file("pgbouncer.pid"),
    logfile: file("log"),
    ...settings,
  }).map(([name, value]) => `${name} = ${value}\n`);
  put("users", '"app" ""\n"postgres" ""\n');
  put("pgbouncer.ini", `[databases]\n* = host=127.0.0.1 port=${server.port}\n\n[pgbouncer]\n${lines.join("")}`);
  const child = spawn(program, ["-q", file("pgbouncer.ini")], {
    ...asOther(),
    cwd: place.folder,
    env: { PATH: process.env.PATH, ...librariesOf(program) },
    detached: true,
    stdio: "ignore",
  });
  const ended = Promise.race([once(child, "exit"), once(child, "error")]).catch(() => undefined);
  child.unref();
  const running = () => child.exitCode === null && child.signalCode === null;
  const pgbouncer: PgBouncer = {
    port,
    pid: child.pid ?? 0,
    url: (database = "waybill") => `postgres://app@127.0.0.1:${port}/${database}`,
    log: () => (existsSync(file("log")) ? readFileSync(file("log"), "utf8") : ""),
    async [Symbol.asyncDispose]() {
      await place.remove();
      await ended;
    },
  };
  while (running()) {
    if (existsSync(file("pgbouncer.pid")) && (await answers(port))) return pgbouncer;
    await sleep(10);
  }
  const said = pgbouncer.log();
  await pgbouncer[Symbol.asyncDispose]();
  throw new Error(`PgBouncer did not start:\n${said.slice(-2_000)}`);
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
