import assert from "node:assert/strict";
import { test } from "node:test";
import { isAddressRange, isPublicAddress, isWithin, literalAddress, publicLookup } from "../../src/world/addresses.ts";

test("only addresses out in the internet are public", () => {
  for (const address of ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
    assert.ok(isPublicAddress(address), address);
  const closed = [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "255.255.255.255",
    "224.0.0.1",
    "::1",
    "::",
    "fe80::1%eth0",
    "fd00::1",
    "::ffff:10.0.0.1",
    "168.63.129.16",
    "100.100.100.200",
    "198.18.0.1",
    "fd00:ec2::254",
    "fec0::1",
    "ff02::1",
    "::7f00:1",
    "::127.0.0.1",
    "::ffff:0:7f00:1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::808:808",
    "2001:0:7f00:1::",
    "5f00::1",
    "4000::1",
    "2002:7f00:1::",
    "not an address",
    "",
  ];
  for (const address of closed) assert.ok(!isPublicAddress(address), address);
});

test("an address is within a range by its bits, in whichever clothes it comes", () => {
  const inside: [address: string, range: string][] = [
    ["203.0.113.7", "203.0.113.7"],
    ["203.0.113.7", "203.0.113.0/24"],
    ["::ffff:203.0.113.7", "203.0.113.0/24"],
    ["203.0.113.7", "::ffff:203.0.113.7"],
    ["10.255.255.255", "10.0.0.0/8"],
    ["2001:DB8::1", "2001:db8::/32"],
    ["fe80::1%eth0", "fe80::/10"],
    ["::1", "::1"],
  ];
  for (const [address, range] of inside) assert.ok(isWithin(address, ["192.0.2.1", range]), `${address} in ${range}`);
  const outside: [address: string, range: string][] = [
    ["203.0.114.7", "203.0.113.0/24"],
    ["11.0.0.0", "10.0.0.0/8"],
    ["2001:db9::1", "2001:db8::/32"],
    ["203.0.113.7, 203.0.113.8", "203.0.113.0/24"],
    ["203.0.113.7:443", "203.0.113.0/24"],
    ["hooks.example", "203.0.113.0/24"],
    ["", "203.0.113.0/24"],
  ];
  for (const [address, range] of outside) assert.ok(!isWithin(address, [range]), `${address} in ${range}`);
  assert.ok(!isWithin("203.0.113.7", []));
});

test("what could be read in two ways is no address, and what is too long for one is not looked at", () => {
  const none = [
    "10.1",
    "0x7f.1",
    "2130706433",
    "010.0.0.1.1",
    "1.2.3.4/33",
    "::/129",
    "1.2.3.4/",
    "::ffff:10.0.0.0/104",
    "a",
    "",
  ];
  for (const text of [...none, `${":".repeat(16_000)}x`, `1.2.3.4${" ".repeat(100)}`])
    assert.ok(!isAddressRange(text), text);
});

test("a host that is an address is known as one, in every spelling that a URL allows", () => {
  const hosts = ["127.0.0.1", "2130706433", "0x7f000001", "017700000001", "[::1]", "[::ffff:7f00:1]"];
  for (const host of hosts) assert.ok(literalAddress(new URL(`http://${host}/`).hostname) !== undefined, host);
  assert.equal(literalAddress("api.example.com"), undefined);
  assert.equal(literalAddress("localhost"), undefined);
});

test("a name that resolves to private addresses only is refused before a connection is made", async () => {
  const error = await new Promise<Error | null>((resolve) =>
    publicLookup()("localhost", { all: true }, (refused) => resolve(refused)),
  );
  assert.equal(error?.name, "AddressRefused");
  assert.match(error?.message ?? "", /localhost is .*127\.0\.0\.1.*private: true/);
});
