/** The shapes on the wire, one file for each concept. Requests are strict: an unknown member is refused. */

export * from './schemas/approval.ts';
export * from './schemas/asking.ts';
export * from './schemas/audit.ts';
export * from './schemas/aws.ts';
export * from './schemas/breakglass.ts';
export * from './schemas/brief.ts';
export * from './schemas/callbacks.ts';
export * from './schemas/change.ts';
export * from './schemas/common.ts';
export * from './schemas/consent.ts';
export * from './schemas/entitlement.ts';
export * from './schemas/grant.ts';
export * from './schemas/me.ts';
export * from './schemas/problem.ts';
export * from './schemas/public.ts';
export * from './schemas/tokens.ts';
