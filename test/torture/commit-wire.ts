import { connect, createServer, type Socket } from "node:net";

// A wire to PostgreSQL that knows what a commit looks like, and breaks there: the client cannot know whether it was done.

/** "commit" as a client sends it (postgresql.org/docs/current/protocol-message-formats.html, "Query"). */
const commit = Buffer.concat([Buffer.from("Q"), Buffer.from([0, 0, 0, 11]), Buffer.from("commit\0")]);

/** Whether the server gets the commit, and when: all look the same to the client. */
export type Break = "before it arrives" | "before its answer" | "and arrives late";

const lateMs = 300;

export interface CommitWire extends AsyncDisposable {
  readonly port: number;
  /** How many commits were broken off. */
  readonly broken: number;
  /** What to do at the next commits, as long as `choose` names something; undefined ends it. */
  breakCommits(choose: (() => Break | undefined) | undefined): void;
}

/** @param port of the server. */
export async function openCommitWire(port: number): Promise<CommitWire> {
  const sockets = new Set<Socket>();
  let broken = 0;
  let choose: (() => Break | undefined) | undefined;

  const relay = createServer((client) => {
    const server = connect({ port, host: "127.0.0.1" });
    let over = false;
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("error", () => undefined);
      socket.on("close", () => sockets.delete(socket));
    }
    client.on("data", (bytes) => {
      const where = bytes.includes(commit) ? choose?.() : undefined;
      if (where === undefined) return void server.write(bytes);
      over = true;
      broken += 1;
      client.resetAndDestroy();
      const before = bytes.subarray(0, bytes.indexOf(commit));
      if (where === "before it arrives") server.write(before, () => server.destroy());
      // It reads the commit, and then that nobody is there any more.
      else if (where === "before its answer") server.end(bytes);
      else {
        server.write(before);
        setTimeout(() => server.end(bytes.subarray(before.length)), lateMs);
      }
    });
    server.on("data", (bytes) => {
      if (!over) client.write(bytes);
    });
    client.on("close", () => over || server.destroy());
    server.on("close", () => client.destroy());
  });
  await new Promise<void>((listening) => relay.listen(0, "127.0.0.1", listening));
  return {
    port: (relay.address() as { port: number }).port,
    get broken() {
      return broken;
    },
    breakCommits(now) {
      choose = now;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((closed) => relay.close(closed));
    },
  };
}
