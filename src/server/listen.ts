import { type ServerType, serve } from "@hono/node-server";
import { WaybillError } from "../model/errors.ts";
import type { App } from "./app.ts";

export interface Listening {
  readonly url: string;
  readonly port: number;
  /** Takes no new connection, lets what is under way finish for at most `graceMs`, and ends the rest. */
  close(graceMs?: number): Promise<void>;
}

/** A sender that dribbles its request is let go of: one that cannot send a header in this time is not coming. */
const headersTimeoutMs = 10_000;
const requestTimeoutMs = 60_000;
const keepAliveTimeoutMs = 15_000;
const headerBytesMax = 16_384;
const closeGraceMs = 5_000;

/**
 * Listens for an app.
 *
 * @param at.port 0 takes a free one.
 * @throws {WaybillError} `port-in-use`, or `bad-configuration` when the address is not one of this machine.
 */
export function listen(app: App, at: { readonly host: string; readonly port: number }): Promise<Listening> {
  return new Promise((resolve, reject) => {
    const server: ServerType = serve(
      {
        fetch: (request, env) =>
          app.fetch(
            request,
            (env as { incoming?: { socket: { remoteAddress?: string } } }).incoming?.socket.remoteAddress,
          ),
        hostname: at.host,
        port: at.port,
        serverOptions: {
          headersTimeout: headersTimeoutMs,
          requestTimeout: requestTimeoutMs,
          keepAliveTimeout: keepAliveTimeoutMs,
          maxHeaderSize: headerBytesMax,
        },
      },
      (info) => {
        server.off("error", refused);
        const host = info.family === "IPv6" ? `[${info.address}]` : info.address;
        resolve({ url: `http://${host}:${info.port}`, port: info.port, close });
      },
    );
    const refused = (error: NodeJS.ErrnoException): void => reject(whyNot(error, at));
    server.on("error", refused);

    function close(graceMs = closeGraceMs): Promise<void> {
      return new Promise((closed) => {
        server.close(() => closed());
        if ("closeIdleConnections" in server) server.closeIdleConnections();
        const signal = AbortSignal.timeout(graceMs);
        signal.addEventListener("abort", () => "closeAllConnections" in server && server.closeAllConnections());
      });
    }
  });
}

function whyNot(
  error: NodeJS.ErrnoException,
  { host, port }: { readonly host: string; readonly port: number },
): WaybillError {
  if (error.code === "EADDRINUSE") {
    return new WaybillError(
      "port-in-use",
      `Something else listens on ${host}:${port}.`,
      "Stop it, or take another port: --port N, or server.port in the configuration (0 takes a free one).",
      { cause: error },
    );
  }
  const why = error.code === "EACCES" ? "ports below 1024 need more rights" : error.message;
  return new WaybillError(
    "bad-configuration",
    `Waybill cannot listen on ${host}:${port}: ${why}.`,
    "Check server.host and server.port.",
    {
      cause: error,
    },
  );
}
