import { expect, test } from 'vitest';
import { queryProtocol } from '../../../../local/aws/protocols/query.ts';
import { AwsError } from '../../../../local/aws/service.ts';
import type { Service } from '../../../../local/aws/service.ts';

const STS: Service = { signingName: 'sts', protocol: 'query', namespace: 'urn:sts', operations: {} };
const decode = (form: string) => queryProtocol.decode(STS, { headers: {}, body: Buffer.from(form) });

test('a form becomes an operation and a tree of strings', () => {
  const form =
    'Action=AssumeRole&Version=2011-06-15&A=1&Tags.member.2.Key=c&Tags.member.1.Key=a&Tags.member.1.Value=b+c';
  const { operation, input } = decode(form);
  expect(operation).toBe('AssumeRole');
  expect(JSON.parse(JSON.stringify(input))).toEqual({ A: '1', Tags: [{ Key: 'a', Value: 'b c' }, { Key: 'c' }] });
});

test('ten list members stay in the order of their numbers', () => {
  const form = Array.from({ length: 10 }, (_, i) => `L.member.${10 - i}=${10 - i}`).join('&');
  expect(JSON.stringify(decode(form).input)).toBe('{"L":["1","2","3","4","5","6","7","8","9","10"]}');
});

test.each([
  ['a value that is a tree too', 'A=1&A.b=2'],
  ['a tree that is a value too', 'A.b=2&A=1'],
  ['a value twice', 'A=1&A=2'],
  ['a list with a name', 'L.member.x=1'],
  ['a list from zero', 'L.member.0=1'],
  ['a list with a huge number', 'L.member.100000=1'],
  ['a tree too deep', `${Array.from({ length: 10 }, () => 'a').join('.')}=1`],
])('%s is malformed', (_what, form) => {
  expect(() => decode(form)).toThrow(expect.objectContaining({ code: 'MalformedInput' }));
});

test('no parameter name reaches a prototype', () => {
  const { input } = decode('__proto__.polluted=1&constructor.prototype.polluted=1');
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  expect(Object.keys(input as object).sort()).toEqual(['__proto__', 'constructor']);
});

test('answers and errors are XML with their text escaped', () => {
  const answer = queryProtocol.success(STS, 'Do', { Name: '<a & "b">', List: [{ K: 1 }], Gone: undefined }, 'r-1');
  expect(answer.body).toBe(
    '<DoResponse xmlns="urn:sts"><DoResult><Name>&#60;a &#38; &#34;b&#34;&#62;</Name><List><member><K>1</K></member></List>' +
      '</DoResult><ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></DoResponse>',
  );
  const failure = queryProtocol.failure(STS, new AwsError('Bad', 'no <way>', 403), 'r-2');
  expect(failure.status).toBe(403);
  expect(failure.body).toContain('<Type>Sender</Type><Code>Bad</Code><Message>no &#60;way&#62;</Message>');
});
