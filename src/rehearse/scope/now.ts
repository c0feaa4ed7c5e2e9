// What tells the time. Each function asks which rehearsal its caller belongs to, and is the original where there is none.
//
// `Date` is replaced by a constructor of its own, because a constructor's call can be caught in no other way. It shares its
// prototype with the original, so that `instanceof` and classes that extend either hold for both.
import { type Replacement, replaceFunction, replaceGetter } from "./replace.ts";
import { currentScope, type Scope } from "./scope.ts";

const nowMs = ({ world }: Scope): number => Math.trunc(world.clock.now());

function virtualDate(Original: DateConstructor): DateConstructor {
  function VirtualDate(...parts: number[]): Date | string {
    const scope = currentScope();
    if (new.target === undefined) return scope === undefined ? Original() : new Original(nowMs(scope)).toString();
    const given = (parts.length === 0 && scope !== undefined ? [nowMs(scope)] : parts) as [number];
    if (new.target === (VirtualDate as unknown)) return new Original(...given);
    return Reflect.construct(Original, given, new.target);
  }
  VirtualDate.prototype = Original.prototype;
  return VirtualDate as unknown as DateConstructor;
}

const OriginalDate = Date;

const dates: Replacement[] = [
  // On the original: `const Then = Date` from before the rehearsal is asked through it, and the new one takes it over.
  replaceFunction([OriginalDate], "now", (original) => () => {
    const scope = currentScope();
    return scope === undefined ? original() : nowMs(scope);
  }),
  replaceFunction([globalThis as { Date: DateConstructor }], "Date", virtualDate),
  replaceFunction([OriginalDate.prototype as { constructor: unknown }], "constructor", () => Date),
  // Without a date, both format the present moment, and ask the machine themselves.
  replaceGetter(
    Intl.DateTimeFormat.prototype,
    "format",
    (get) =>
      function (this: Intl.DateTimeFormat) {
        const format = get.call(this);
        const scope = currentScope();
        return scope === undefined ? format : (date) => format(date === undefined ? nowMs(scope) : date);
      },
  ),
  replaceFunction(
    [Intl.DateTimeFormat.prototype],
    "formatToParts",
    (original) =>
      function (this: Intl.DateTimeFormat, date) {
        const scope = currentScope();
        return original.call(this, date === undefined && scope !== undefined ? nowMs(scope) : date);
      },
  ),
];

const { prototype: ofPerformance } = performance.constructor as { prototype: typeof performance };

const performances: Replacement[] = [
  replaceFunction(
    [ofPerformance],
    "now",
    (original) =>
      function (this: typeof performance) {
        return currentScope()?.world.clock.monotonic() ?? original.call(this);
      },
  ),
  replaceGetter(
    ofPerformance,
    "timeOrigin",
    (get) =>
      function (this: typeof performance) {
        return currentScope()?.timeOriginMs ?? get.call(this);
      },
  ),
];

const processTimes: Replacement[] = [
  replaceFunction([process], "hrtime", (original) => {
    const hrtime = (earlier?: [number, number]): [number, number] => {
      const scope = currentScope();
      if (scope === undefined || (earlier !== undefined && !Array.isArray(earlier))) return original(earlier);
      const [seconds, ns] = earlier ?? [0, 0];
      const sinceNs = nanoseconds(scope) - BigInt(seconds) * 1_000_000_000n - BigInt(ns);
      return [Number(sinceNs / 1_000_000_000n), Number(sinceNs % 1_000_000_000n)];
    };
    hrtime.bigint = (): bigint => {
      const scope = currentScope();
      return scope === undefined ? original.bigint() : nanoseconds(scope);
    };
    return hrtime;
  }),
  replaceFunction([process], "uptime", (original) => () => {
    const scope = currentScope();
    return scope === undefined ? original() : scope.world.clock.monotonic() / 1_000;
  }),
];

function nanoseconds({ world }: Scope): bigint {
  return BigInt(Math.round(world.clock.monotonic() * 1e6));
}

/** As much of Temporal as tells the time; this version of Node has none, a polyfill may. */
interface TemporalNow {
  instant(): Instant;
  timeZoneId(): string;
  zonedDateTimeISO(zone?: unknown): Zoned;
  plainDateTimeISO(zone?: unknown): unknown;
  plainDateISO(zone?: unknown): unknown;
  plainTimeISO(zone?: unknown): unknown;
}
interface Instant {
  toZonedDateTimeISO(zone: unknown): Zoned;
}
interface Zoned {
  toPlainDateTime(): unknown;
  toPlainDate(): unknown;
  toPlainTime(): unknown;
}
interface TemporalNamespace {
  readonly Now: TemporalNow;
  readonly Instant: { fromEpochMilliseconds(ms: number): Instant };
}

/** Looked for when a rehearsal begins, because a polyfill may come with user code. */
function temporal(): () => void {
  const { Temporal } = globalThis as { Temporal?: TemporalNamespace };
  if (Temporal === undefined) return () => undefined;
  const { Now } = Temporal;
  const zoned = (scope: Scope, zone: unknown): Zoned =>
    Temporal.Instant.fromEpochMilliseconds(nowMs(scope)).toZonedDateTimeISO(zone ?? Now.timeZoneId());
  const inZone = <K extends "zonedDateTimeISO" | "plainDateTimeISO" | "plainDateISO" | "plainTimeISO">(
    name: K,
    virtual: (now: Zoned) => ReturnType<TemporalNow[K]>,
  ): (() => void) =>
    replaceFunction([Now as Record<K, (zone?: unknown) => unknown>], name, (original) => (zone?: unknown) => {
      const scope = currentScope();
      return scope === undefined ? original(zone) : virtual(zoned(scope, zone));
    })();
  const putBacks = [
    replaceFunction([Now], "instant", (original) => () => {
      const scope = currentScope();
      return scope === undefined ? original() : Temporal.Instant.fromEpochMilliseconds(nowMs(scope));
    })(),
    inZone("zonedDateTimeISO", (now) => now),
    inZone("plainDateTimeISO", (now) => now.toPlainDateTime()),
    inZone("plainDateISO", (now) => now.toPlainDate()),
    inZone("plainTimeISO", (now) => now.toPlainTime()),
  ];
  return () => {
    for (const putBack of putBacks) putBack();
  };
}

export const now: readonly Replacement[] = [...dates, ...performances, ...processTimes, temporal];
