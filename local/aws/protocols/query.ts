/**
 * AWS Query: a form in, XML out. STS and IAM speak it.
 *
 * @see https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
 */
import { AwsError } from '../service.ts';
import type { Protocol } from './protocol.ts';

const ERRORS: Protocol['errors'] = {
  accessDenied: { code: 'AccessDenied', status: 403 },
  expiredToken: { code: 'ExpiredToken', status: 403 },
  incompleteSignature: { code: 'IncompleteSignature', status: 400 },
  internal: { code: 'InternalFailure', status: 500 },
  missingToken: { code: 'MissingAuthenticationToken', status: 403 },
  serialization: { code: 'MalformedInput', status: 400 },
  signatureMismatch: { code: 'SignatureDoesNotMatch', status: 403 },
  throttled: { code: 'Throttling', status: 400 },
  unknownKey: { code: 'InvalidClientTokenId', status: 403 },
  unknownOperation: { code: 'InvalidAction', status: 400 },
};

const LIST_INDEX = /^[1-9]\d{0,2}$/;
const MAX_DEPTH = 8;

export const queryProtocol: Protocol = {
  errors: ERRORS,

  decode(_service, { body }) {
    const form = new URLSearchParams(Buffer.from(body).toString());
    const operation = form.get('Action') ?? '';
    form.delete('Action');
    form.delete('Version');
    return { operation, input: nest(form) };
  },

  success(service, operation, output, requestId) {
    const result = output === undefined ? '' : element(`${operation}Result`, output);
    const metadata = element('ResponseMetadata', { RequestId: requestId });
    return xml(200, `<${operation}Response xmlns="${service.namespace}">${result}${metadata}</${operation}Response>`);
  },

  failure(service, error, requestId) {
    const type = error.status < 500 ? 'Sender' : 'Receiver';
    const detail = element('Error', { Type: type, Code: error.code, Message: error.message });
    const namespace = service === undefined ? '' : ` xmlns="${service.namespace}"`;
    return xml(error.status, `<ErrorResponse${namespace}>${detail}${element('RequestId', requestId)}</ErrorResponse>`);
  },
};

type Tree = { [name: string]: Tree | string };

/** `Tags.member.1.Key=a` becomes `{Tags: [{Key: 'a'}]}`. Every leaf is a string. */
function nest(form: URLSearchParams): unknown {
  const root: Tree = emptyTree();
  for (const [name, value] of form) {
    const path = name.split('.');
    const last = path.pop() ?? '';
    if (path.length > MAX_DEPTH) throw malformed(name);
    let at = root;
    for (const step of path) {
      const next = (at[step] ??= emptyTree());
      if (typeof next === 'string') throw malformed(name);
      at = next;
    }
    if (at[last] !== undefined) throw malformed(name);
    at[last] = value;
  }
  return untangle(root);
}

function untangle(tree: Tree | string): unknown {
  if (typeof tree === 'string') return tree;
  const names = Object.keys(tree);
  const members = tree['member'];
  if (names.length === 1 && members !== undefined && typeof members !== 'string') return listOf(members);
  return Object.assign(
    Object.create(null) as object,
    Object.fromEntries(names.map((name) => [name, untangle(tree[name] ?? '')])),
  );
}

function listOf(members: Tree): unknown[] {
  const indexes = Object.keys(members);
  if (indexes.some((index) => !LIST_INDEX.test(index))) throw malformed('member');
  return indexes.sort((a, b) => Number(a) - Number(b)).map((index) => untangle(members[index] ?? ''));
}

function emptyTree(): Tree {
  // No prototype: a parameter may have any name.
  return Object.create(null) as Tree;
}

function malformed(name: string): AwsError {
  const { code, status } = ERRORS.serialization;
  return new AwsError(code, `The parameter ${name} is malformed`, status);
}

function xml(status: number, body: string) {
  return { status, body, headers: { 'content-type': 'text/xml;charset=utf-8' } };
}

/** Objects become elements, lists become `member` elements, undefined is left out. */
function element(name: string, value: unknown): string {
  if (value === undefined) return '';
  return `<${name}>${content(value)}</${name}>`;
}

function content(value: unknown): string {
  if (Array.isArray(value)) return value.map((item) => element('member', item)).join('');
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .map(([name, member]) => element(name, member))
      .join('');
  }
  return escapeXml(String(value));
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"'\r]/g, (c) => `&#${c.charCodeAt(0)};`);
}
