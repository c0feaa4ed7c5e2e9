import { Client } from "pg";

// Databases of the bench: each part gets one of its own, on the one server of the run.

/** Runs something with the address of a fresh database, which is dropped afterwards. */
export async function inDatabase<T>(work: (url: string) => Promise<T>): Promise<T> {
  const server = process.env.BENCH_POSTGRES;
  if (server === undefined) throw new Error("BENCH_POSTGRES names no server: postgres://user@host:port/database.");
  const name = `bench_${process.pid}`;
  await told(server, `drop database if exists ${name} with (force)`, `create database ${name}`);
  // What was written by the part before it goes to the disk now, and not while this one is measured.
  await told(server, "checkpoint");
  const url = new URL(server);
  url.pathname = `/${name}`;
  try {
    return await work(url.href);
  } finally {
    await told(server, `drop database ${name} with (force)`);
  }
}

/** Runs statements in a connection of their own. */
export async function told(url: string, ...statements: readonly string[]): Promise<void> {
  const client = new Client(url);
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}
