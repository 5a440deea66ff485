import {
  approvalBody,
  approvalPath,
  briefSchema,
  consentList,
  consentPath,
  consentSchema,
  grantPage,
  noQuery,
  pageQuery,
  reviewBody,
} from '../schemas.ts';
import type { Route } from './route.ts';
import { changeErrors, changesGrant, DECISION_ERRORS, oneGrant } from './shared.ts';

const approvals = { duty: 'approvals', query: noQuery } as const;
const change = { ...changesGrant, duty: 'approvals' } as const;

/** What people decide about grants of others, and what was done in their name. */
export const APPROVAL_ROUTES = {
  getBrief: {
    ...approvals,
    ...oneGrant,
    method: 'GET',
    path: '/v1/grants/{id}/brief',
    audience: ['approver', 'subject', 'holder', 'admin', 'auditor'],
    summary: 'What somebody needs to know who decides',
    sealed: true,
    success: { 200: briefSchema },
    errors: ['not_found'],
  },
  decideGrant: {
    ...change,
    path: '/v1/grants/{id}/approvals',
    audience: ['approver', 'subject'],
    summary: 'Approve or deny what is asked; a subject’s approval is their consent',
    sealed: true,
    body: approvalBody,
    errors: changeErrors(...DECISION_ERRORS),
  },
  withdrawApproval: {
    ...change,
    method: 'DELETE',
    path: '/v1/grants/{id}/approvals/{approval}',
    audience: ['approver', 'subject'],
    summary: 'Take back an approval before activation, or a consent at any time',
    pathParameters: approvalPath,
    errors: changeErrors('grant_ended', 'approval_final'),
  },
  reviewGrant: {
    ...change,
    path: '/v1/grants/{id}/review',
    audience: ['admin'],
    summary: 'Review a use of break-glass that is over',
    body: reviewBody,
    errors: changeErrors('own_request', 'grant_not_ended', 'already_reviewed'),
  },
  listImpersonations: {
    ...approvals,
    method: 'GET',
    path: '/v1/impersonations',
    audience: ['subject'],
    summary: 'Who acts, acted or asks to act for you',
    query: pageQuery,
    success: { 200: grantPage },
    errors: [],
  },
  listConsents: {
    ...approvals,
    method: 'GET',
    path: '/v1/consents',
    audience: ['subject'],
    summary: 'What you agreed to before',
    success: { 200: consentList },
    errors: [],
  },
  withdrawConsent: {
    ...approvals,
    method: 'DELETE',
    path: '/v1/consents/{id}',
    audience: ['subject'],
    summary: 'Take a consent back: the grants that rest on it end at once',
    pathParameters: consentPath,
    success: { 200: consentSchema },
    errors: ['not_found', 'version_conflict'],
  },
} as const satisfies Record<string, Route>;
