import type { HttpChange, Read } from "../../../src/define/request.ts";
import type { Call } from "../../../src/define/source.ts";
import type { WaybillEvent } from "../../../src/model/events.ts";
import type { Outcome } from "../../../src/model/outcome.ts";
import { sourceCall } from "../../../src/sources/read-call.ts";
import { RunDeadline } from "../../../src/sources/run-deadline.ts";
import { createSecrets } from "../../../src/systems/secrets.ts";
import { createSystems } from "../../../src/systems/systems.ts";
import { createWorld } from "../../../src/world/world.ts";
import { answer, type Destination, destination } from "../../world/destination.ts";
import type { VirtualClock } from "../../world/virtual-clock.ts";

/** What stands in for a vendor: a real server on the loopback, that answers as its documentation says. */
export interface There extends Destination {
  /** The `call` of a poll: retried, limited, with real answers. */
  readonly call: Call;
  readonly events: WaybillEvent[];
  /** Sends one change once, with this key. */
  send(change: unknown, key: string): Promise<Outcome>;
}

export interface Asked {
  readonly method: string;
  /** The path and query below the host. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Which request this is, from 1. */
  readonly count: number;
}

export type Answers = (asked: Asked) => {
  status?: number;
  headers?: Record<string, string>;
  json?: unknown;
  /** Instead of JSON. */
  text?: string;
  /** It never arrives: the connection breaks. */
  lost?: boolean;
};

/** @param clock what stops and pauses are measured by; the network has the real one. */
export async function there(answers: Answers, clock?: VirtualClock): Promise<There> {
  const real = createWorld({ env: {} });
  const world = { ...real, clock: clock ?? real.clock };
  const server = await destination((socket, request, count) => {
    const { status = 200, headers = {}, json, text, lost } = answers(askedOf(request, count));
    if (lost === true) return void socket.destroy();
    socket.write(answer(status, text ?? JSON.stringify(json), { "content-type": "application/json", ...headers }));
  });
  const events: WaybillEvent[] = [];
  const emit = (event: WaybillEvent): void => void events.push(event);
  const systems = createSystems(world, { secrets: createSecrets(world.env, () => ""), emit });
  const deadline = new RunDeadline(world.clock, 60_000);
  const send = (change: unknown, key: string): Promise<Outcome> => {
    const request = change as HttpChange;
    const options = { signal: deadline.signal, beforeSend: () => undefined, idempotencyKey: key, attempt: 1 };
    return systems.send(request, systems.prepare(request, key), options);
  };
  return {
    ...server,
    call: sourceCall({ name: "vendors", deadline }, { systems, world, emit }) as <T>(read: Read<T>) => Promise<T>,
    events,
    send,
    async close() {
      await systems.stop();
      await server.close();
      await real.close();
    },
  };
}

export function askedOf(request: string, count = 1): Asked {
  const [head = "", body = ""] = request.split("\r\n\r\n");
  const [first = "", ...lines] = head.split("\r\n");
  const [method = "", path = ""] = first.split(" ");
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]),
  );
  return { method, path, query: new URL(path, "http://x").searchParams, headers, body, count };
}
