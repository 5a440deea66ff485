import { BlockList, isIP } from 'node:net';

/**
 * Addresses that are not of the public internet: this machine, its network, metadata endpoints, multicast and what is
 * reserved. IPv6 forms that carry an IPv4 address are among them: an honest receiver has no need of those.
 *
 * @see https://www.iana.org/assignments/iana-ipv4-special-registry/
 * @see https://www.iana.org/assignments/iana-ipv6-special-registry/
 */
const V4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const;

/** Of IPv6, only global unicast is public, and of that not what is set apart within it. */
const V6_PUBLIC = ['2000::', 3] as const;
const V6_SET_APART = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const;

const v4 = new BlockList();
for (const [network, bits] of V4) v4.addSubnet(network, bits, 'ipv4');
const v6Public = new BlockList();
v6Public.addSubnet(...V6_PUBLIC, 'ipv6');
const v6SetApart = new BlockList();
for (const [network, bits] of V6_SET_APART) v6SetApart.addSubnet(network, bits, 'ipv6');

/** @param address an IP address as text; anything else counts as private */
export function isPrivateAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return v4.check(address, 'ipv4');
    case 6:
      return !v6Public.check(address, 'ipv6') || v6SetApart.check(address, 'ipv6');
    default:
      return true;
  }
}
