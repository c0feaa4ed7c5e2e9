import { type LookupAddress, type LookupOptions, lookup as systemLookup } from "node:dns";
import type { LookupFunction } from "node:net";
import ipaddr from "ipaddr.js";

// A payload must never talk Waybill into calling the machine it runs on, its metadata service or the network behind the firewall. So the
// addresses are checked, not the names: a name may resolve to anything, and to something else a second later.

type Address = ReturnType<typeof ipaddr.process>;

/** All that IPv6 has given to the internet (RFC 4291, 2.4; IANA's registry). Outside of it are ::7f00:1, which is 127.0.0.1 again, and the like. */
const internet = ipaddr.IPv6.parseCIDR("2000::/3");
/** Networks without IPv4 reach its hosts so (RFC 6052). */
const nat64 = ipaddr.IPv6.parseCIDR("64:ff9b::/96");
/** Public by its number, and inside Azure the machine's own agent: https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16. */
const azureAgent = "168.63.129.16";

/** Whether an address is out in the public internet: not loopback, private, link-local, multicast, reserved, or one of these in other clothes. */
export function isPublicAddress(address: string): boolean {
  try {
    const reached = reachedBy(ipaddr.process(withoutZone(address)));
    if (reached.range() !== "unicast") return false;
    return reached instanceof ipaddr.IPv6 ? reached.match(internet) : reached.toString() !== azureAgent;
  } catch {
    return false;
  }
}

/** An IPv4 address in IPv6 clothes is judged as the IPv4 address that it reaches; `process` has taken off ::ffff: already. */
function reachedBy(address: Address): Address {
  if (!(address instanceof ipaddr.IPv6) || !address.match(nat64)) return address;
  return new ipaddr.IPv4(address.toByteArray().slice(12));
}

/** The address that a host is when it names one literally (`127.0.0.1`, `[::1]`); undefined for a name. `new URL` has already turned 2130706433 into 127.0.0.1. */
export function literalAddress(host: string): string | undefined {
  const bare = host.startsWith("[") ? host.slice(1, -1) : host;
  return ipaddr.isValid(withoutZone(bare)) ? bare : undefined;
}

/** All addresses that one customer of a provider has: an IPv4 address alone, and of IPv6 its first 64 bits (RFC 6177). What is no address is itself. */
export function networkOf(address: string): string {
  try {
    const parsed = ipaddr.process(withoutZone(address));
    return parsed instanceof ipaddr.IPv6 ? parsed.parts.slice(0, 4).join(":") : parsed.toString();
  } catch {
    return address;
  }
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

/** A name that has no address now may have one again in a moment: that refuses nothing for good. */
class AddressMissing extends Error {
  readonly code = "ENOTFOUND";
  readonly syscall = "getaddrinfo";
  constructor(host: string) {
    super(`${host} has no address at present`);
  }
}

/** All addresses of a name. */
export type Resolve = (
  host: string,
  options: LookupOptions & { readonly all: true },
  callback: (error: NodeJS.ErrnoException | null, found: LookupAddress[]) => void,
) => void;

/**
 * Resolves a name, but only to public addresses. What it answers is what is connected to, so a name that resolves to something else a second later
 * gains nothing.
 */
export function publicLookup(resolve: Resolve = systemLookup): LookupFunction {
  return (host, options, callback) => {
    resolve(host, { ...options, all: true }, (error, found) => {
      if (error !== null) return callback(error, "", 0);
      if (found.length === 0) return callback(new AddressMissing(host), "", 0);
      const allowed = found.filter(({ address }) => isPublicAddress(address));
      const [first] = allowed;
      if (first === undefined) {
        const addresses = found.map(({ address }) => address);
        return callback(new AddressRefused(host, addresses), "", 0);
      }
      if (options.all === true) return callback(null, allowed);
      callback(null, first.address, first.family);
    });
  };
}

function withoutZone(address: string): string {
  const zone = address.indexOf("%");
  return zone === -1 ? address : address.slice(0, zone);
}
