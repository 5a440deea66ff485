/** Whether a function's resource policy lets a service invoke it. */
import type { Permission } from '../deploy/deployment.ts';

export function mayInvoke(
  permissions: readonly Permission[],
  principal: string,
  functionArn: string,
  sourceArn: string,
): boolean {
  return permissions.some(
    (permission) =>
      permission.functionArn === functionArn &&
      permission.principal === principal &&
      (permission.sourceArn === undefined || matches(permission.sourceArn, sourceArn)),
  );
}

/** `*` is any text, also across slashes: `ArnLike` on the last part of an ARN. */
function matches(pattern: string, arn: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return pattern === arn;
  if (!arn.startsWith(first)) return false;
  let at = first.length;
  const last = rest.pop() ?? '';
  for (const part of rest) {
    const found = arn.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return arn.length - last.length >= at && arn.endsWith(last);
}
