import { expect, it } from 'vitest';
import { certificateThumbprint } from '../../tokens/certificate.ts';

/** Self-signed; the thumbprint is by `openssl x509 -outform der | openssl dgst -sha256`. */
const PEM = `-----BEGIN CERTIFICATE-----
MIIBdTCCARugAwIBAgIUOK7Vbj/QO0SPkzMLfi+eTB48bjwwCgYIKoZIzj0EAwIw
DzENMAsGA1UEAwwEdGVzdDAgFw0yNjExMjExNDU1MDZaGA8yMTI2MTAyODE0NTUw
NlowDzENMAsGA1UEAwwEdGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABFzq
sztaAcm/o6Rb/I8mKEIkeCnAhv1Ok6iXYxcrtYJ+WogyXxXTShy0L7y8ZJDvcZ3j
dqsp3pQtDHdf73SRpTGjUzBRMB0GA1UdDgQWBBRTO6+zQFmp30IcL2j4SmjAvm8W
ajAfBgNVHSMEGDAWgBRTO6+zQFmp30IcL2j4SmjAvm8WajAPBgNVHRMBAf8EBTAD
AQH/MAoGCCqGSM49BAMCA0gAMEUCIQCjoo6J+/3RugA96r0QW/X7m4UXaL/GftnH
egOfQEVDCwIgWHO+lf3xV260eJUP2pcqyjACOYFAOxIOVry9mWHZIaA=
-----END CERTIFICATE-----
`;
const THUMBPRINT = '28g_Wz51QHXsjsW9ARzqRFZ8y4z1esddjrKyYT7dcfs';

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
