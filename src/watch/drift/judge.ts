import { atLeast } from "./chance.ts";
import type { Place, Profile, Sizes } from "./profile.ts";
import type { Kind } from "./walk.ts";

// What has changed between what is usual and the last payloads, place by place. A change has to be large as well as not by chance: a field that is
// sometimes left out is not news when it is left out a little more often.

export const driftKinds = ["new", "missing", "type", "nulls", "values", "length", "size"] as const;
export type DriftKind = (typeof driftKinds)[number];

/** One change, in words that hold no payload values but short ones out of a closed set. */
export interface Change {
  readonly kind: DriftKind;
  readonly path: string;
  readonly was: string;
  readonly now: string;
}

/** Shares that blocks of this feed have had, lowest and highest: what comes in runs varies more than chance. */
export interface Spread {
  presentLow: number;
  nullsHigh: number;
  lengthLow: number;
  lengthHigh: number;
  sizeLow: number;
  sizeHigh: number;
}

const seenMin = 48;
const parentsMin = 8;
const byChance = 1e-8;
const valuesByChance = 1e-6;
const shareMore = 0.3;
const newShare = 0.15;
const newMin = 3;

/** Compares the places of the last payloads with what is usual. @param spreads by path. */
export function changes(usual: Profile, recent: Profile, spreads: ReadonlyMap<string, Spread>): Change[] {
  const found: Change[] = [];
  for (const [path, now] of recent) {
    if (path === "" || path.endsWith("*")) continue;
    const was = usual.get(path);
    if (was === undefined || isRare(was, now)) {
      if ((usual.get(now.parent)?.kinds.object ?? 0) >= seenMin && isNew(now)) found.push(newField(path, now));
      continue;
    }
    if (was.of < seenMin || now.of < parentsMin) continue;
    const change = missing(path, was, now, spreads.get(path)) ?? standing(path, was, now, spreads.get(path));
    if (change !== undefined) found.push(change);
  }
  return found;
}

/** It came so seldom that its coming now is news. */
function isRare(was: Place, now: Place): boolean {
  return was.present < 0.05 * was.of && atLeast(now.present, now.of, (was.present + 0.5) / (was.of + 1)) < byChance;
}

function isNew(now: Place): boolean {
  return now.of >= parentsMin && now.present >= newMin && now.present >= newShare * now.of;
}

function newField(path: string, now: Place): Change {
  return { kind: "new", path, was: "not there", now: `${kindsOf(now)}, in ${now.present} of ${now.of}` };
}

function missing(path: string, was: Place, now: Place, spread: Spread | undefined): Change | undefined {
  if (path.endsWith("[]")) return undefined;
  const share = now.present / now.of;
  const usually = was.present / was.of;
  const low = spread?.presentLow ?? usually;
  if (low < 0.05 || share > Math.max(0, low - shareMore)) return undefined;
  const absent = now.of - now.present;
  if (atLeast(absent, now.of, (was.of - was.present + 0.5) / (was.of + 1)) > byChance) return undefined;
  return { kind: "missing", path, was: `in ${percent(usually)}`, now: `in ${now.present} of ${now.of}` };
}

/** It is there, and what stands there has changed. */
function standing(path: string, was: Place, now: Place, spread: Spread | undefined): Change | undefined {
  return (
    type(path, was, now) ??
    nulls(path, was, now, spread) ??
    values(path, was, now) ??
    sizeJump(path, "length", was.length, now.length, {
      leastRatio: 1.5,
      low: spread?.lengthLow,
      high: spread?.lengthHigh,
    }) ??
    sizeJump(path, "size", was.size, now.size, { leastRatio: 8, low: spread?.sizeLow, high: spread?.sizeHigh })
  );
}

function counted(place: Place): number {
  return Object.values(place.kinds).reduce((sum, count) => sum + count, 0);
}

function type(path: string, was: Place, now: Place): Change | undefined {
  const before = counted(was) - (was.kinds.null ?? 0);
  const after = counted(now) - (now.kinds.null ?? 0);
  if (before < seenMin / 2) return undefined;
  for (const [kind, count] of Object.entries(now.kinds) as [Kind, number][]) {
    if (kind === "null" || (was.kinds[kind] ?? 0) >= 0.01 * before) continue;
    if (count >= newMin && count >= newShare * after)
      return { kind: "type", path, was: kindsOf(was), now: kindsOf(now) };
  }
  return undefined;
}

function nulls(path: string, was: Place, now: Place, spread: Spread | undefined): Change | undefined {
  const before = counted(was);
  const after = counted(now);
  const count = now.kinds.null ?? 0;
  const usually = (was.kinds.null ?? 0) / before;
  if (after < parentsMin || count / after < Math.min(0.98, (spread?.nullsHigh ?? usually) + shareMore))
    return undefined;
  if (atLeast(count, after, ((was.kinds.null ?? 0) + 0.5) / (before + 1)) > byChance) return undefined;
  return { kind: "nulls", path, was: `null in ${percent(usually)}`, now: `null in ${count} of ${after}` };
}

/** A closed set of short values has got new ones. */
function values(path: string, was: Place, now: Place): Change | undefined {
  const known = Object.entries(was.values ?? {});
  const seen = was.kinds.text ?? 0;
  if (known.length === 0 || known.length > 12 || seen < seenMin || seen < known.length * 8) return undefined;
  const texts = now.kinds.text ?? 0;
  const usually = known.filter(([, count]) => count >= 0.02 * seen).map(([value]) => value);
  // Many values that came now and then are what is left of an open set.
  if (usually.length < 2 || usually.length * 2 < known.length) return undefined;
  if (now.values === undefined) return { kind: "values", path, was: shownSet(usually), now: "many others" };
  const fresh = Object.entries(now.values).filter(([value]) => !usually.includes(value));
  const count = fresh.reduce((sum, [, times]) => sum + times, 0);
  const rarely = known.reduce((sum, [value, times]) => sum + (usually.includes(value) ? 0 : times), 0);
  if (count < newMin || atLeast(count, texts, (rarely + 0.5) / (seen + 1)) > valuesByChance) return undefined;
  return { kind: "values", path, was: shownSet(usually), now: shownSet(fresh.map(([value]) => value)) };
}

interface Bounds {
  readonly leastRatio: number;
  readonly low: number | undefined;
  readonly high: number | undefined;
}

function sizeJump(
  path: string,
  kind: "length" | "size",
  was: Sizes,
  now: Sizes,
  { leastRatio, low, high }: Bounds,
): Change | undefined {
  if (was.n < seenMin || now.n < parentsMin) return undefined;
  const before = was.sum / was.n;
  const after = now.sum / now.n;
  const deviation = Math.sqrt(Math.max(0, was.squares / was.n - before * before));
  const least = Math.max(Math.log(leastRatio), (8 * deviation) / Math.sqrt(now.n));
  if (Math.abs(after - before) < least) return undefined;
  if (after > (low ?? before) - 0.2 && after < (high ?? before) + 0.2) return undefined;
  return { kind, path, was: about(kind, before), now: about(kind, after) };
}

function about(kind: "length" | "size", log: number): string {
  const number = Number(Math.expm1(log).toPrecision(2));
  return kind === "length" ? `about ${number} long` : `about ${number}`;
}

function percent(share: number): string {
  return `${Math.round(share * 1_000) / 10} %`;
}

function kindsOf({ kinds }: Place): string {
  const total = Object.values(kinds).reduce((sum, count) => sum + count, 0);
  const named = (Object.entries(kinds) as [Kind, number][]).filter(([, count]) => count >= 0.01 * total);
  return named
    .sort((a, b) => b[1] - a[1])
    .map(([kind]) => kind)
    .join(" or ");
}

/** What may be shown of values: codes as programs write them, never what may be a person's. */
const codeForm = /^[A-Za-z][A-Za-z0-9_.:-]{0,23}$/;

function shownSet(values: readonly string[]): string {
  const shown = values.filter((value) => codeForm.test(value) && !/\d{4}/.test(value));
  const rest = values.length - Math.min(shown.length, 6);
  const listed = shown.slice(0, 6).map((value) => `"${value}"`);
  if (rest > 0) listed.push(listed.length === 0 ? `${rest} ${rest === 1 ? "value" : "values"}` : `${rest} more`);
  return listed.join(", ");
}
