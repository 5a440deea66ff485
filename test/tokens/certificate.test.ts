import { expect, it } from 'vitest';
import { certificateThumbprint } from '../../tokens/certificate.ts';
import { PEM, THUMBPRINT } from './certificateFixture.ts';

it('is SHA-256 of the certificate', () => {
  expect(certificateThumbprint(PEM)).toBe(THUMBPRINT);
  expect(certificateThumbprint(PEM.trim().replaceAll('\n', '\r\n'))).toBe(THUMBPRINT);
});

const garbage: [string, string][] = [
  ['nothing', ''],
  ['a text', 'certificate'],
  ['another kind of PEM', PEM.replaceAll('CERTIFICATE', 'PUBLIC KEY')],
  ['two certificates', PEM + PEM],
  ['something before it', `x${PEM}`],
  ['something after it', `${PEM}x`],
  ['base64 that is no certificate', PEM.replace('MIIB', 'AAAA')],
  ['a certificate that is cut', PEM.replace(/\n.*\n-----END/u, '\n-----END')],
  ['escapes of a header', encodeURIComponent(PEM)],
  ['far too much', PEM.replace('\n', `\n${'A'.repeat(20_000)}`)],
];
it.each(garbage)('is not there for %s', (_name, pem) => {
  expect(certificateThumbprint(pem)).toBeUndefined();
});
