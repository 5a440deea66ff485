import { createHash } from 'node:crypto';

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/u;
const IPV6 = /^[0-9a-f:.]{2,45}$/iu;
/** An IPv4 address as an IPv6 one (RFC 4291 §2.5.5.2), in the form that `canonical` gives. */
const MAPPED = /^::ffff:(?<high>[0-9a-f]{1,4}):(?<low>[0-9a-f]{1,4})$/u;

/**
 * What a token says of the address that it must be used from: SHA-256, hex, of `<jti>|<address>`. The same address
 * gives another value in every token, so nobody can follow a person by it.
 *
 * @param address IPv4 or IPv6 in any spelling, as the gateway's context gives it
 * @returns undefined for what is no address
 */
export function sourceBinding(jti: string, address: string): string | undefined {
  const plain = canonicalAddress(address);
  return plain === undefined ? undefined : createHash('sha256').update(`${jti}|${plain}`).digest('hex');
}

/** The one spelling of an address, in which two of them can be compared; undefined for what is none. */
export const canonicalAddress = (address: string): string | undefined =>
  IPV4.test(address) ? address : canonical(address);

/** The one spelling of an IPv6 address (RFC 5952), which the URL standard's parser gives. */
function canonical(address: string): string | undefined {
  const url = `http://[${address}]/`;
  if (!IPV6.test(address) || !URL.canParse(url)) return undefined;
  const text = new URL(url).hostname.slice(1, -1);
  const { high, low } = MAPPED.exec(text)?.groups ?? {};
  if (high === undefined || low === undefined) return text;
  const [left, right] = [Number.parseInt(high, 16), Number.parseInt(low, 16)];
  return [left >> 8, left & 255, right >> 8, right & 255].join('.');
}
