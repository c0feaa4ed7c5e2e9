import { isAddressRange, isWithin } from "../world/addresses.ts";

/** More than any chain of proxies has. */
const hopsMax = 20;

/**
 * The address that a request comes from. Whoever connected is believed about himself; a proxy is believed about whom it passes on only where it is declared
 * as trusted, because anybody can write `X-Forwarded-For`. Its entries are read from the last one backwards, as long as proxies of ours wrote them.
 *
 * @returns undefined when a trusted proxy passes on something that is no address.
 */
export function clientAddress(
  connected: string | undefined,
  forwardedFor: string | undefined,
  trustedProxies: readonly string[],
): string | undefined {
  const entries = forwardedFor === undefined || trustedProxies.length === 0 ? [] : forwardedFor.split(",");
  let address = connected;
  for (let hop = 0; hop < hopsMax && address !== undefined && isWithin(address, trustedProxies); hop++) {
    const before = entries.pop()?.trim();
    if (before === undefined) return address;
    address = !before.includes("/") && isAddressRange(before) ? before : undefined;
  }
  return address;
}
