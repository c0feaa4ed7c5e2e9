import { checkOneOf, checkOptions, checkWhole, type Declared } from "../model/options.ts";

/** Which calls the log keeps whole; all others are counted. */
const callsKeptNames = ["sample", "all", "failed"] as const;

export interface CallsOptions {
  /**
   * `sample` by default: what failed or was slow, and of what went well the first 60 of each minute, system and integration. `all` costs throughput;
   * `failed` keeps nothing of what went well.
   */
  which?: (typeof callsKeptNames)[number];
  /** The beginning of each body; 8,192 bytes by default, 0 for none. */
  bodyBytes?: number;
  /** What the whole log may take; 256 by default. The oldest go. */
  megabytes?: number;
}

/** As the log works with it. */
export interface CallsKept {
  readonly which: (typeof callsKeptNames)[number];
  readonly bodyBytesMax: number;
  readonly bytesMax: number;
}

const known = { which: true, bodyBytes: true, megabytes: true } satisfies Record<keyof CallsOptions, true>;

export function callsKept({ which = "sample", bodyBytes = 8_192, megabytes = 256 }: CallsOptions = {}): CallsKept {
  return { which, bodyBytesMax: bodyBytes, bytesMax: megabytes * 1_000_000 };
}

/** @throws {WaybillError} when something in it is unknown or cannot be. */
export function checkCalls(thing: Declared, calls: CallsOptions): void {
  checkOptions(thing, calls, known, "calls");
  const { which, bodyBytes, megabytes } = calls;
  if (which !== undefined) checkOneOf(thing, "calls.which", which, callsKeptNames);
  if (bodyBytes !== undefined)
    checkWhole(thing, "calls.bodyBytes", bodyBytes, { min: 0, max: 1_000_000 }, "8192 by default; 0 keeps no bodies.");
  if (megabytes !== undefined)
    checkWhole(thing, "calls.megabytes", megabytes, { min: 1, max: 1_000_000 }, "256 by default.");
}
