import type { Arrivals, Downtime } from "./declared.ts";
import { type Feed, newFeed } from "./feed.ts";
import { Days } from "./history.ts";

// What is kept of a feed, as text. What another version wrote, and what cannot be read, is as if nothing had been learnt: it is learnt again.

const version = 1;

/** A feed with the number of new records that it had when it was looked at last. */
export interface KeptFeed {
  readonly feed: Feed;
  readonly counted: number;
}

/** What is known of an integration besides its feeds. */
export interface KeptWatch {
  /** When it was last watched. */
  readonly aliveMs: number;
  /** Since when it has been watched at all. */
  readonly sinceMs: number;
  /** New records of all its tenants, as of then. */
  readonly counted: number;
  readonly lastAtMs: number | undefined;
  readonly downtimes: readonly Downtime[];
  readonly arrivals: readonly Arrivals[];
}

export function feedText({ feed, counted }: KeptFeed): string {
  const days = feed.days
    .all()
    .map(({ date, weekday, counts, quiet }) => [date, weekday, base64(counts), base64(quiet)]);
  return JSON.stringify({ version, counted, feed: { ...feed, days } });
}

/** @returns undefined when it cannot be read. */
export function feedOf(text: string): KeptFeed | undefined {
  const kept = read<{ counted: number; feed: Omit<Feed, "days"> & { days: [string, number, string, string][] } }>(text);
  if (kept === undefined) return undefined;
  const days = new Days();
  for (const [date, , counts, quiet] of kept.feed.days) days.add(date, bytes(counts), bytes(quiet));
  return { counted: kept.counted, feed: { ...newFeed(), ...kept.feed, days } };
}

export function watchText(watch: KeptWatch): string {
  return JSON.stringify({ version, ...watch });
}

export function watchOf(text: string): KeptWatch | undefined {
  return read<KeptWatch>(text);
}

function read<T>(text: string): T | undefined {
  try {
    const kept = JSON.parse(text) as { version?: number } & T;
    return kept.version === version ? kept : undefined;
  } catch {
    return undefined;
  }
}

const base64 = (of: Uint8Array): string => Buffer.from(of).toString("base64");

function bytes(text: string): Uint8Array {
  return Buffer.from(text, "base64");
}
