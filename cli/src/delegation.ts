import type { GrantView } from '../../contract/schemas.ts';

/** What grants of tokens are used on, in words. */

/** A grant whose use is by delegation tokens: it acts for somebody, or its resources are audiences and not things of AWS. */
export const lendsTokens = ({ subject, scope }: Pick<GrantView, 'subject' | 'scope'>): boolean =>
  subject !== undefined || (scope.length > 0 && scope.every(({ resources }) => resources.every(isAudience)));

const isAudience = (resource: string): boolean => resource !== '*' && !resource.startsWith('arn:');

/** An entry of `authorization_details` on one line: `billing_report C-42: read, export`. */
export function detailText(detail: Readonly<Record<string, unknown>>): string {
  const { type, identifier, actions, ...rest } = detail;
  const what = [type, identifier].filter((part) => typeof part === 'string').join(' ');
  const more = Object.entries(rest).map(([name, value]) => `${name} ${listText(value)}`);
  return [what + (actions === undefined ? '' : `: ${listText(actions)}`), ...more].join('; ');
}

const listText = (value: unknown): string => (Array.isArray(value) ? value.join(', ') : JSON.stringify(value));

/** `2 of 5 spent`; undefined where nothing was counted. */
export function usesText({ spent, max }: GrantView['uses']): string | undefined {
  if (max !== undefined) return `${spent} of ${max} spent`;
  return spent === 0 ? undefined : `${spent} spent`;
}

/** The holders above, root first: `admin/alice (grt_…)`. */
export const lineageText = ({ lineage = [] }: GrantView): string | undefined =>
  lineage.map(({ grant, holder }) => `${holder.domain}/${holder.subject} (${grant})`).join(' > ') || undefined;
