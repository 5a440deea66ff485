import { fill } from '../parameters.ts';
import type { Parameters } from '../parameters.ts';

/**
 * One entry of `authorization_details` (RFC 9396 §2), with the common fields alone. A field that is there limits; one
 * that is absent does not.
 */
export interface AuthorizationDetail {
  readonly type: string;
  /** The audiences that it is for. */
  readonly locations?: readonly string[];
  readonly actions?: readonly string[];
  readonly datatypes?: readonly string[];
  readonly identifier?: string;
  readonly privileges?: readonly string[];
}

export const DETAIL_LISTS = ['locations', 'actions', 'datatypes', 'privileges'] as const;

/** The entitlement's templates with the grant's parameters filled in. */
export const filledDetails = (
  templates: readonly AuthorizationDetail[],
  parameters: Parameters,
): readonly AuthorizationDetail[] =>
  templates.map((template) => ({
    ...template,
    ...(template.identifier !== undefined && { identifier: fill(template.identifier, parameters) }),
  }));

/** Whether `inner` lies within `outer`: of the same type, and at least as limited in every field. */
export function detailCovers(outer: AuthorizationDetail, inner: AuthorizationDetail): boolean {
  if (outer.type !== inner.type) return false;
  if (outer.identifier !== undefined && outer.identifier !== inner.identifier) return false;
  return DETAIL_LISTS.every((field) => {
    const limit = outer[field];
    if (limit === undefined) return true;
    const within = inner[field];
    return within !== undefined && within.length > 0 && within.every((value) => limit.includes(value));
  });
}

/** Whether each of `inner` lies within one of `outer`. */
export const detailsCover = (outer: readonly AuthorizationDetail[], inner: readonly AuthorizationDetail[]): boolean =>
  inner.every((detail) => outer.some((wide) => detailCovers(wide, detail)));

/** What both allow: entries of either side that lie within one of the other. Nothing is merged, so nothing is invented. */
export function commonDetails(
  some: readonly AuthorizationDetail[],
  others: readonly AuthorizationDetail[],
): readonly AuthorizationDetail[] {
  const within = some.filter((detail) => detailsCover(others, [detail]));
  const rest = others.filter(
    (detail) => detailsCover(some, [detail]) && !within.some((same) => detailCovers(same, detail)),
  );
  return [...within, ...rest];
}

/** Those that are for the audience. An entry without locations is for every audience of its grant. */
export const detailsFor = (details: readonly AuthorizationDetail[], audience: string): readonly AuthorizationDetail[] =>
  details
    .filter(({ locations }) => locations === undefined || locations.includes(audience))
    .map((detail) => (detail.locations === undefined ? detail : { ...detail, locations: [audience] }));
