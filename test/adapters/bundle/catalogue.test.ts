import { describe, expect, test } from 'vitest';
import { loadBundle } from '../../../adapters/bundle/load.ts';
import { bundleDir, editing, problemsOf, type Change } from './bundleDir.ts';

interface Entry {
  readonly id: string;
  readonly limits: object;
  readonly windows: readonly object[];
}

const edited = (id: string, edit: (entry: Entry) => object): Change => ({
  'catalogue.json': editing<Entry[]>((entries) => entries.map((entry) => (entry.id === id ? edit(entry) : entry))),
});
const limits = (members: object) => edited('orders-read', (one) => ({ ...one, limits: { ...one.limits, ...members } }));
const timeWindow = (members: object) =>
  edited('archive-maintain', (one) => ({ ...one, windows: [{ ...one.windows[0], ...members }] }));
const acting = (members: object) => edited('act-for-customer', (one) => ({ ...one, ...members }));

describe('a member that is wrong is named', () => {
  test.each<[string, Change, string]>([
    [
      'less in total than at once',
      limits({ maxTotalSeconds: 28_799 }),
      '[0].limits.maxTotalSeconds: must not be less than maxDurationSeconds',
    ],
    ['more than a week in total', limits({ maxTotalSeconds: 604_801 }), '[0].limits.maxTotalSeconds: '],
    [
      'a class of data that there is not',
      edited('orders-read', (one) => ({ ...one, dataClass: 'x' })),
      '[0].dataClass: ',
    ],
    ['a window on no day', timeWindow({ days: [] }), '[4].windows[0].days: '],
    ['a window twice a day', timeWindow({ days: ['mon', 'mon'] }), '[4].windows[0].days: must name each day once'],
    ['a window from no time', timeWindow({ from: '24:00' }), '[4].windows[0].from: must be a time of day'],
    ['a window of no length', timeWindow({ to: '22:00' }), '[4].windows[0].to: must differ from `from`'],
    ['a window nowhere', timeWindow({ zone: 'Europe/Atlantis' }), '[4].windows[0].zone: must be an IANA time zone'],
    ['a window at an offset', timeWindow({ zone: '+01:00' }), '[4].windows[0].zone: must be an IANA time zone'],
    [
      'an alarm that never stops',
      edited('break-glass', (one) => ({ ...one, breakGlass: { alarmEverySeconds: 1 } })),
      '[8].breakGlass.alarmEverySeconds: ',
    ],
    ['an impersonation in an account', acting({ target: 'shop' }), '[7]: Unrecognized key: "target"'],
    [
      'an impersonation by a sealed key',
      acting({ breakGlass: { alarmEverySeconds: 900 } }),
      '[7]: Unrecognized key: "',
    ],
    ['an audience that is no URI', acting({ audience: 'support' }), '[7].audience: '],
    ['a subject of no domain', acting({ subjectDomain: 'pets' }), '[7].subjectDomain: '],
  ])('%s', (_, change, problem) => {
    const problems = problemsOf(bundleDir(change));

    expect(problems.filter((text) => text.startsWith(`catalogue.json: ${problem}`))).toHaveLength(1);
  });

  test.each(['UTC', 'America/New_York'])('a window may be in %s', (zone) => {
    expect(problemsOf(bundleDir(timeWindow({ zone })))).toEqual([]);
  });
});

describe('an entitlement to act for somebody', () => {
  const SUPPORT = 'https://support.example.com';
  const NEEDS = 'approvals: an impersonation needs a chain whose first stage asks the subject or the group governance';
  const lending = (line: object) =>
    acting({ ceiling: [{ actions: ['settings:read'], resources: [SUPPORT], ...line }] });
  const chain = (approvers: object[], escalation?: object[]): Change => ({
    ...acting({ approvals: 'other' }),
    'approvals.json': editing<object[]>((chains) => [
      ...chains,
      {
        id: 'other',
        stages: [
          {
            name: 'first',
            approvers,
            quorum: 1,
            timeoutSeconds: 3_600,
            ...(escalation && { escalate: { afterSeconds: 60, approvers: escalation } }),
          },
          { name: 'then', approvers: [{ group: 'team-leads' }], quorum: 1, timeoutSeconds: 60 },
        ],
      },
    ]),
  });

  test.each<[string, Change, string]>([
    ['without a chain', acting({ approvals: undefined }), NEEDS],
    ['with a chain that asks others first', acting({ approvals: 'team-lead' }), NEEDS],
    ['with a chain that asks others too', chain([{ subject: true }, { group: 'team-leads' }]), NEEDS],
    ['with a chain that asks others after a while', chain([{ subject: true }], [{ group: 'team-leads' }]), NEEDS],
    [
      'on an operation with a wildcard',
      lending({ actions: ['settings:*'] }),
      'ceiling[0]: `settings:*` is no operation such as settings:read',
    ],
    ['on another audience', lending({ resources: ['*'] }), `ceiling[0]: \`*\` is not the audience \`${SUPPORT}\``],
    ['with leading keys', lending({ leadingKeys: ['C-42'] }), 'ceiling[0]: leading keys are for DynamoDB alone'],
    [
      'with parameters',
      acting({ parameters: { customer: { type: 'id', description: 'd', example: 'x' } } }),
      'parameters.customer: an impersonation has no parameters',
    ],
  ])('is refused %s', (_, change, problem) => {
    expect(problemsOf(bundleDir(change))).toEqual([`catalogue.json: act-for-customer: ${problem}`]);
  });

  test('may ask the board instead of the subject', () => {
    expect(problemsOf(bundleDir(chain([{ group: 'governance' }])))).toEqual([]);
  });
});

test('an entitlement that acts for nobody asks no subject', () => {
  const change = edited('orders-write', (one) => ({ ...one, approvals: 'subject-then-board' }));

  expect(problemsOf(bundleDir(change))).toEqual([
    'catalogue.json: orders-write: approvals: it acts for nobody, but its chain asks a subject',
  ]);
});

test('break-glass needs no chain: policy may let one person do it', () => {
  const change = edited('break-glass', (one) => ({ ...one, approvals: undefined }));

  expect(problemsOf(bundleDir(change))).toEqual([]);
});

test('the sample has one of each sort', () => {
  const kinds = loadBundle('policies').catalogue.map((one) => [
    one.kind,
    one.windows !== undefined,
    one.kind === 'aws' && one.breakGlass !== undefined,
  ]);

  expect(kinds).toEqual(
    expect.arrayContaining([
      ['impersonation', false, false],
      ['token', false, false],
      ['aws', true, false],
      ['aws', false, true],
    ]),
  );
});
