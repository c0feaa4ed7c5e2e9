import type { Duration } from "../model/duration.ts";
import { checkOptions, checkRequired, checkText, type Declared, durationOption, refuse } from "../model/options.ts";

/** How an API says, in headers of its own, what is left of a quota. */
export interface VendorQuota {
  /** The header that says how many calls are left. */
  readonly left?: string;
  /** The header that says how many of how many are used: `32/40`, `api-usage=18/5000`. */
  readonly used?: string;
  /** The header that says how many there are in all. */
  readonly limit?: string;
  /** The length of its window, or how long a whole bucket takes to fill. */
  readonly window: Duration;
  /** How long to leave it alone once nothing is left. Without it, a spent quota is learnt from its refusals alone. */
  readonly refills?: Duration;
}

const known = { left: true, used: true, limit: true, window: true, refills: true } satisfies Record<
  keyof VendorQuota,
  true
>;

/** @throws {WaybillError} `bad-definition`. */
export function checkQuota(thing: Declared, part: string, quota: VendorQuota): void {
  checkOptions(thing, quota, known, part);
  checkRequired(thing, quota, { window: 'How long its window is: window: "1m".' }, part);
  if ((quota.left === undefined) === (quota.used === undefined))
    refuse(
      thing,
      `${part} names ${quota.left === undefined ? "neither left nor used" : "left and used"}.`,
      "One of them.",
    );
  for (const name of ["left", "used", "limit"] as const)
    if (quota[name] !== undefined) checkText(thing, `${part}.${name}`, quota[name]);
  durationOption(thing, `${part}.window`, quota.window, "1s", { min: "1s", max: "31d" });
  if (quota.refills !== undefined)
    durationOption(thing, `${part}.refills`, quota.refills, "1s", { min: "1ms", max: "1d" });
}
