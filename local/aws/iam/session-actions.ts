/**
 * `sts:TagSession` and `sts:SetSourceIdentity` have no API of their own: they are permissions that an AssumeRole call
 * needs besides, and AWS decides them with that call's whole context. Trust policies rely on it, such as one statement
 * that allows AssumeRole and TagSession under a condition on `sts:ExternalId`.
 *
 * The simulator knows only the condition keys that the Service Authorization Reference lists, which leaves out
 * `sts:ExternalId` there. So such a permission is decided as AssumeRole, on policies rewritten to speak of it.
 *
 * @see https://docs.aws.amazon.com/eks/latest/userguide/pod-id-assign-target-role.html
 */

const ACTIONS = new Set(['sts:TagSession', 'sts:SetSourceIdentity']);

export function isPartOfAssumeRole(action: string): boolean {
  return ACTIONS.has(action);
}

interface Statement {
  readonly Action?: string | readonly string[];
  readonly NotAction?: string | readonly string[];
}

/** The policy with every statement on `action` made one on AssumeRole, and every other one moot. */
export function asAssumeRole(action: string, document: string): string {
  const policy = JSON.parse(document) as { Statement: Statement | readonly Statement[] };
  const statements: readonly Statement[] = [policy.Statement].flat<(Statement | readonly Statement[])[]>();
  return JSON.stringify({
    ...policy,
    Statement: statements.map(({ Action, NotAction, ...rest }) => {
      const applies = NotAction === undefined ? matches(Action, action) : !matches(NotAction, action);
      return { ...rest, Action: applies ? 'sts:AssumeRole' : 'sts:AssumeRoleWithSAML' };
    }),
  });
}

function matches(patterns: string | readonly string[] | undefined, action: string): boolean {
  return [patterns ?? []].flat().some((pattern) => {
    const regex = pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replace(/\*+/g, '.*')
      .replace(/\?/g, '.');
    return new RegExp(`^${regex}$`, 'i').test(action);
  });
}
