import type { VendorQuota } from "../define/vendor-quota.ts";
import { durationMs } from "../model/duration.ts";
import type { Quota } from "./rate-headers.ts";

/** The quotas that a vendor's own headers tell, as far as they are there and can be read. */
export function quotasOfVendor(quotas: readonly VendorQuota[], headers: Readonly<Record<string, string>>): Quota[] {
  const found: Quota[] = [];
  for (const { left, used, limit, window, refills } of quotas) {
    const name = left ?? used ?? "";
    const text = headers[name.toLowerCase()];
    const counts = text === undefined ? undefined : left === undefined ? pairOf(text) : { left: wholeIn(text) };
    if (counts?.left === undefined) continue;
    // Until then at the latest there is more. A spent one is only left alone for as long as is known.
    const afterMs = counts.left > 0 ? durationMs(window) : refills === undefined ? undefined : durationMs(refills);
    const all =
      "limit" in counts ? counts.limit : wholeIn(limit === undefined ? undefined : headers[limit.toLowerCase()]);
    found.push({
      told: name,
      limit: all,
      windowMs: undefined,
      remaining: counts.left,
      afterMs,
      ofCalls: true,
      partial: true,
    });
  }
  return found;
}

/** `32/40`, wherever it stands: `api-usage=18/5000; per-app-api-usage=17/250(appName=…)` means its first. */
function pairOf(text: string): { left: number; limit: number } | undefined {
  const [, used, limit] = /(?:^|=)\s*(\d{1,15})\s*\/\s*(\d{1,15})(?!\d)/.exec(text) ?? [];
  if (used === undefined || limit === undefined) return undefined;
  return { left: Math.max(0, Number(limit) - Number(used)), limit: Number(limit) };
}

function wholeIn(text: string | undefined): number | undefined {
  return text !== undefined && /^\s*\d{1,15}\s*$/.test(text) ? Number(text) : undefined;
}
