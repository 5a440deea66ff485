import { z } from 'zod';
import type { ApprovalChain, Directory } from '../../core/chain.ts';
import type { Channel } from '../../core/channel.ts';
import { line, name, principal, seconds, slug } from './shapeParts.ts';

/** Who is asked, who they are, and where news goes: `approvals.json`, `directory.json`, `channels.json`. */

const YES = z.literal(true);

const selector = z.union(
  [
    z.strictObject({ group: name }),
    z.strictObject({ person: principal }),
    z.strictObject({ owner: YES }),
    z.strictObject({ onCall: name }),
    z.strictObject({ subject: YES }),
  ],
  'must be one of {"group": …}, {"person": …}, {"onCall": …}, {"owner": true} and {"subject": true}',
);

const approvers = z.array(selector).min(1);
const LONGEST_WAIT_SECONDS = 30 * 24 * 3600;
const LATE = 'must come before the time-out';

const stage = z
  .strictObject({
    name: line(80),
    approvers,
    quorum: z.number().int().min(1).max(10),
    timeoutSeconds: seconds.min(60).max(LONGEST_WAIT_SECONDS),
    remindAfterSeconds: z.array(seconds.min(1)).min(1).max(10).exactOptional(),
    escalate: z.strictObject({ afterSeconds: seconds.min(1), approvers }).exactOptional(),
  })
  .refine(
    ({ remindAfterSeconds = [], timeoutSeconds }) => remindAfterSeconds.every((after) => after < timeoutSeconds),
    {
      path: ['remindAfterSeconds'],
      message: LATE,
    },
  )
  .refine(({ escalate, timeoutSeconds }) => escalate === undefined || escalate.afterSeconds < timeoutSeconds, {
    path: ['escalate', 'afterSeconds'],
    message: LATE,
  });

export const chainsShape: z.ZodType<readonly ApprovalChain[]> = z.array(
  z.strictObject({ id: name, stages: z.tuple([stage], stage) }),
);

const person = z.strictObject({
  id: principal,
  person: line(200),
  name: line(80),
  groups: z.array(name),
  projects: z.tuple([name], name),
  email: z.email('must be an e-mail address').exactOptional(),
  chat: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,64}$/, 'must be a member id of the chat workspace')
    .exactOptional(),
});

const schedule = z.strictObject({
  id: name,
  startsAt: z.iso
    .datetime({ offset: true, error: 'must be a time such as 2026-11-23T08:00:00Z' })
    .transform((text) => Date.parse(text)),
  turnSeconds: seconds.min(60).max(366 * 24 * 3600),
  people: z.tuple([principal], principal),
});

export const directoryShape: z.ZodType<Directory> = z.strictObject({
  people: z.array(person),
  schedules: z.array(schedule),
});

const channel = z.strictObject({
  id: slug,
  kind: z.enum(['chat', 'webhook']),
  events: z
    .array(
      z.string().regex(/^(\*|[a-z][A-Za-z_]*(\.[a-z][A-Za-z_]*)+\.v\d+)$/, 'must be `*` or such as grant.pending.v1'),
    )
    .min(1),
  projects: z.array(name).min(1).exactOptional(),
});

export const channelsShape: z.ZodType<readonly Channel[]> = z.array(channel);
