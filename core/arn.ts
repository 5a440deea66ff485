/**
 * Typed ARNs. Everything before the resource part is literal: a wildcard there would cross services, Regions or
 * accounts, which no entitlement may do.
 */
export interface Arn {
  readonly partition: string;
  readonly service: string;
  /** Empty for global services. */
  readonly region: string;
  /** Empty for S3 buckets and objects. */
  readonly account: string;
  /** May hold `*` and `?`. */
  readonly resource: string;
}

const PARTITION = /^aws(-[a-z]{2,5}){0,2}$/;
const SERVICE = /^[a-z0-9-]{2,32}$/;
const REGION = /^([a-z]{2}(-[a-z]{2,8}){1,2}-\d{1,2})?$/;
const ACCOUNT = /^(\d{12})?$/;
/** Printable ASCII without quotes, backslash, `$` and braces: no policy variable can be written in it. */
const RESOURCE = /^[A-Za-z0-9!#%&'()*+,\-./:;=?@^_|~]{1,512}$/;

/** Reads an ARN, or says why it is none. Untrusted input in, typed ARN out. */
export function parseArn(text: string): Arn | { readonly problem: string } {
  const [prefix, partition = '', service = '', region = '', account = '', ...rest] = text.split(':');
  const resource = rest.join(':');
  if (prefix !== 'arn') return { problem: `\`${clip(text)}\` is not an ARN` };
  if (!PARTITION.test(partition)) return { problem: `\`${clip(text)}\` has an unknown partition` };
  if (!SERVICE.test(service)) return { problem: `\`${clip(text)}\` has no literal service` };
  if (!REGION.test(region)) return { problem: `\`${clip(text)}\` has no literal Region` };
  if (!ACCOUNT.test(account)) return { problem: `\`${clip(text)}\` has no literal account id` };
  if (!RESOURCE.test(resource)) return { problem: `\`${clip(text)}\` has an empty, over-long or unprintable resource` };
  return { partition, service, region, account, resource };
}

export const isArn = (parsed: Arn | { readonly problem: string }): parsed is Arn => 'service' in parsed;

const ACTION = /^[a-z0-9-]{2,32}:[A-Za-z0-9]{1,64}\*?$/;
const ACTION_ANY = /^[a-z0-9-]{2,32}:\*$/;

/** `service:Action`, `service:Prefix*` or `service:*`; never a wildcard service. */
export const isAction = (text: string): boolean => ACTION.test(text) || ACTION_ANY.test(text);

/**
 * Whether every string that `inner` matches is matched by `outer` too, both in IAM's wildcards (`*`, `?`). A `*` of
 * `inner` is only ever covered by a `*` of `outer`. Linear in time × space product: no backtracking.
 */
export function covers(outer: string, inner: string): boolean {
  // row[j]: outer[0..i) covers inner[0..j)
  let row = Array.from({ length: inner.length + 1 }, (_, j) => j === 0);
  for (const symbol of outer) {
    const next: boolean[] = [symbol === '*' && row[0] === true];
    for (let j = 1; j <= inner.length; j++) {
      const letter = inner[j - 1];
      next[j] =
        symbol === '*'
          ? next[j - 1] === true || row[j] === true
          : row[j - 1] === true && (symbol === letter || (symbol === '?' && letter !== '*'));
    }
    row = next;
  }
  return row[inner.length] === true;
}

/** IAM compares actions without regard to case. */
export const coversAction = (outer: string, inner: string): boolean => covers(outer.toLowerCase(), inner.toLowerCase());

const clip = (text: string): string => (text.length > 80 ? `${text.slice(0, 80)}…` : text);
