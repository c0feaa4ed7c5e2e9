import { type LookupAddress, lookup as systemLookup } from "node:dns";
import type { LookupFunction } from "node:net";
import ipaddr from "ipaddr.js";

// A payload must never talk Waybill into calling the machine it runs on, its metadata service or the network behind the firewall. So the
// addresses are checked, not the names: a name may resolve to anything, and to something else a second later.

/** Whether an address is out in the public internet: not loopback, private, link-local, multicast, mapped, reserved. */
export function isPublicAddress(address: string): boolean {
  try {
    // An IPv4 address in IPv6 clothes (::ffff:127.0.0.1) is judged as the IPv4 address that it reaches.
    return ipaddr.process(withoutZone(address)).range() === "unicast";
  } catch {
    return false;
  }
}

/** The address that a host is when it names one literally (`127.0.0.1`, `[::1]`); undefined for a name. `new URL` has already turned 2130706433 into 127.0.0.1. */
export function literalAddress(host: string): string | undefined {
  const bare = host.startsWith("[") ? host.slice(1, -1) : host;
  return ipaddr.isValid(withoutZone(bare)) ? bare : undefined;
}

/** Whether a text is an address or a range of them: `192.0.2.7`, `2001:db8::/32`. */
export function isAddressRange(text: string): boolean {
  return rangeOf(text) !== undefined;
}

/** Whether an address is one of these, or in one of these ranges. What is no address is in none. */
export function isWithin(address: string, ranges: readonly string[]): boolean {
  try {
    const parsed = ipaddr.process(withoutZone(address));
    return ranges.some((text) => {
      const range = rangeOf(text);
      return range !== undefined && range[0].kind() === parsed.kind() && parsed.match(range as never);
    });
  } catch {
    return false;
  }
}

type Range = ReturnType<typeof ipaddr.parseCIDR>;

function rangeOf(text: string): Range | undefined {
  // Short forms such as 10.1 and 0x7f.1 mean different things to different readers.
  // Anybody may send what is looked at here, so it is not looked at for long.
  if (text.length > 60) return undefined;
  const plain = /^(\d{1,3}(\.\d{1,3}){3}|[\da-f:.]*:[\da-f:.]*)(\/\d{1,3})?$/i;
  if (!plain.test(text)) return undefined;
  try {
    if (!text.includes("/")) {
      const address = ipaddr.process(text);
      return [address, address.kind() === "ipv4" ? 32 : 128] as Range;
    }
    const range = ipaddr.parseCIDR(text);
    // Addresses in those clothes are judged as IPv4, so nothing would ever be in it.
    const mapped = range[0] instanceof ipaddr.IPv6 && range[0].isIPv4MappedAddress();
    return mapped ? undefined : range;
  } catch {
    return undefined;
  }
}

export class AddressRefused extends Error {
  override readonly name = "AddressRefused";
  readonly code = "WAYBILL_ADDRESS_REFUSED";
  constructor(host: string, addresses: readonly string[]) {
    super(
      `${host} is ${addresses.join(", ")}, which is not a public address. Say \`private: true\` in the system if it is meant to be reached.`,
    );
  }
}

/** Resolves a name like the operating system does, but only to public addresses. */
export const publicLookup: LookupFunction = (host, options, callback) => {
  systemLookup(host, { ...options, all: true }, (error, found: LookupAddress[]) => {
    if (error !== null) return callback(error, "", 0);
    const allowed = found.filter(({ address }) => isPublicAddress(address));
    const [first] = allowed;
    if (first === undefined)
      return callback(
        new AddressRefused(
          host,
          found.map(({ address }) => address),
        ),
        "",
        0,
      );
    if (options.all === true) return callback(null, allowed);
    callback(null, first.address, first.family);
  });
};

function withoutZone(address: string): string {
  const zone = address.indexOf("%");
  return zone === -1 ? address : address.slice(0, zone);
}
