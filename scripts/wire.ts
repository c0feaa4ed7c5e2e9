// A wire between a client and a server of this machine that tests can cut, stall and heal: what a network does to those who do not know about it.
import { connect, createServer, type Socket } from "node:net";

export interface Wire extends AsyncDisposable {
  /** Where the client connects to. */
  readonly port: number;
  /** Connections that go through it now. */
  readonly open: number;
  /** Resets every connection, and whoever connects, until it is healed. */
  cut(): void;
  /** Nothing passes, and nobody is told: neither way, or only what the server answers, until it is healed. What was sent meanwhile arrives then. */
  stall(what?: "both ways" | "answers"): void;
  heal(): void;
  /** Connections made from now on go to another server: what an address does at a failover. */
  to(port: number): void;
}

interface Ends {
  readonly client: Socket;
  readonly server: Socket;
}

/**
 * @param port of the server.
 * @example
 * await using wire = await openWire(postgres.port);
 * wire.cut();
 */
export async function openWire(port: number): Promise<Wire> {
  const pairs = new Set<Ends>();
  let state: "well" | "cut" | "both ways" | "answers" = "well";
  let target = port;

  /** Lets flow what may, and holds what may not: a socket that is paused reads nothing, so not even that the other end is gone. */
  function set({ client, server }: Ends): void {
    flow(client, server, state === "well" || state === "answers");
    flow(server, client, state === "well");
  }

  function end(pair: Ends): void {
    pairs.delete(pair);
    pair.client.resetAndDestroy();
    pair.server.resetAndDestroy();
  }

  const relay = createServer({ allowHalfOpen: true }, (client) => {
    if (state === "cut") return void client.resetAndDestroy();
    const pair: Ends = { client, server: connect({ port: target, host: "127.0.0.1", allowHalfOpen: true }) };
    pairs.add(pair);
    for (const socket of [pair.client, pair.server]) {
      socket.setNoDelay(true);
      socket.on("error", () => undefined);
      // While nothing passes, nobody hears that the other end is gone.
      socket.on("close", () => state === "well" && finish(pair));
    }
    set(pair);
  });

  /** One end is gone: so is the other, with what was on its way. */
  function finish(pair: Ends): void {
    if (pair.client.destroyed && pair.server.destroyed) pairs.delete(pair);
    else if (pair.client.errored ?? pair.server.errored) end(pair);
    else (pair.client.destroyed ? pair.server : pair.client).end();
  }

  await new Promise<void>((listening) => relay.listen(0, "127.0.0.1", listening));
  return {
    port: (relay.address() as { port: number }).port,
    get open() {
      return pairs.size;
    },
    cut() {
      state = "cut";
      for (const pair of pairs) end(pair);
    },
    stall(what = "both ways") {
      state = what;
      for (const pair of pairs) set(pair);
    },
    heal() {
      state = "well";
      for (const pair of pairs) {
        set(pair);
        if (pair.client.destroyed || pair.server.destroyed) finish(pair);
      }
    },
    to(port) {
      target = port;
    },
    async [Symbol.asyncDispose]() {
      for (const pair of pairs) end(pair);
      await new Promise((closed) => relay.close(closed));
    },
  };
}

function flow(from: Socket, to: Socket, passes: boolean): void {
  from.unpipe(to);
  if (passes) from.pipe(to);
  else from.pause();
}
