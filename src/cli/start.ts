import type { Assembly } from "../assembly/assembly.ts";
import { said, WaybillError } from "../model/errors.ts";
import type { Emit } from "../model/events.ts";
import { type Listening, listen, refuseOpen } from "../server/listen.ts";
import { createLog } from "../watch/log.ts";
import { type ExitCode, type GlobalOptions, open } from "./command.ts";
import { loadProject, type Project } from "./project.ts";

export interface StartOptions extends GlobalOptions {
  readonly port?: string;
  readonly host?: string;
  /** Lines for people instead of JSON. */
  readonly pretty?: boolean;
}

const portDefault = 8_080;
const hostDefault = "127.0.0.1";

/** `start`: sources, intake, engine and server, until SIGTERM or SIGINT. A second signal ends it at once. */
export async function start(options: StartOptions): Promise<ExitCode> {
  const project = await loadProject(options.config);
  const { host, port } = addressOf(project, options);
  let failed = false;
  const emitTo = (assembly: () => Assembly): Emit => {
    const log = createLog({
      pretty: options.pretty === true || (options.pretty === undefined && process.stderr.isTTY === true),
      level: process.env.WAYBILL_LOG ?? "info",
      redact: (text) => assembly()?.secrets.redact(text) ?? text,
    });
    // Who could not start gets one message, and not the story of the retreat.
    return (event) => (failed ? undefined : log(event));
  };
  const assembly = await open(project, options, { emit: emitTo });
  // A promise that user code forgot must not end everybody's integrations.
  process.on("unhandledRejection", (reason) => assembly.emit({ event: "code.rejected", why: said(reason) }));
  let server: Listening | undefined;
  try {
    refuseOpen(assembly.app, host);
    // The ledger first: whoever cannot run the integrations does not take a port either.
    await assembly.start();
    server = await listen(assembly.app, { host, port });
  } catch (error) {
    failed = true;
    await assembly.stop({ graceMs: 0 });
    throw error;
  }
  const dashboard = dashboardAt(project.config.server?.publicUrl, server.url);
  const what = `listens on ${server.url}; the dashboard is at ${dashboard}`;
  assembly.emit({ event: "source.started", source: "server", what });
  // Commands beside this process find it there.
  await assembly.ledger.post({ post: "listening", url: server.url });
  process.send?.({ url: server.url });
  await signalled();
  const stopped = (async () => {
    assembly.app.letGo();
    await server.close();
    await assembly.stop();
  })();
  await Promise.race([stopped, signalled().then(() => process.exit(1))]);
  return 0;
}

function addressOf(project: Project, options: StartOptions): { readonly host: string; readonly port: number } {
  const port = options.port === undefined ? (project.config.server?.port ?? portDefault) : Number(options.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new WaybillError(
      "bad-usage",
      `--port is ${options.port}.`,
      "Give a number from 0 to 65535; 0 takes a free one.",
    );
  }
  return { host: options.host ?? project.config.server?.host ?? hostDefault, port };
}

/** Where people open it: under the public address where one is said; else here, by a name that a browser on this machine can reach. */
export function dashboardAt(publicUrl: string | undefined, listening: string): string {
  const url = new URL(publicUrl ?? listening);
  if (url.hostname === "0.0.0.0") url.hostname = "127.0.0.1";
  if (url.hostname === "[::]") url.hostname = "[::1]";
  return `${url.origin}${url.pathname.replace(/\/*$/, "/")}`;
}

function signalled(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => resolve());
  });
}
