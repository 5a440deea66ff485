/**
 * AWS JSON 1.0 and 1.1: the operation in `X-Amz-Target`, JSON both ways.
 *
 * @see https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html
 * @see https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#awsquerycompatible-trait (for SQS)
 */
import { crc32 } from 'node:zlib';
import { AwsError } from '../service.ts';
import type { Protocol, WireResponse } from './protocol.ts';

const ERRORS: Protocol['errors'] = {
  accessDenied: { code: 'AccessDeniedException', status: 400 },
  expiredToken: { code: 'ExpiredTokenException', status: 400 },
  incompleteSignature: { code: 'IncompleteSignatureException', status: 400 },
  internal: { code: 'InternalServerError', status: 500 },
  missingToken: { code: 'MissingAuthenticationTokenException', status: 400 },
  serialization: { code: 'SerializationException', status: 400 },
  signatureMismatch: { code: 'InvalidSignatureException', status: 400 },
  throttled: { code: 'ThrottlingException', status: 400 },
  unknownKey: { code: 'UnrecognizedClientException', status: 400 },
  unknownOperation: { code: 'UnknownOperationException', status: 400 },
};

export function jsonProtocol(version: '1.0' | '1.1'): Protocol {
  const answer = (
    status: number,
    value: unknown,
    requestId: string,
    headers: Record<string, string> = {},
  ): WireResponse => {
    const body = JSON.stringify(value);
    return {
      status,
      body,
      headers: {
        'content-type': `application/x-amz-json-${version}`,
        'x-amzn-requestid': requestId,
        // DynamoDB's clients check it where it is sent; to the others it is one more header.
        'x-amz-crc32': String(crc32(body)),
        ...headers,
      },
    };
  };

  return {
    errors: ERRORS,

    decode(service, { headers, body }) {
      const [prefix, operation = ''] = (headers['x-amz-target'] ?? '').split('.');
      if (prefix !== service.namespace || operation === '') {
        const { code, status } = ERRORS.unknownOperation;
        throw new AwsError(code, 'The X-Amz-Target header names no operation of this service', status);
      }
      return { operation, input: parseObject(body) };
    },

    success: (_service, _operation, output, requestId) => answer(200, output ?? {}, requestId),

    failure(_service, error, requestId) {
      const { queryCode, ...members } = error.members;
      const compatible =
        typeof queryCode === 'string' ? { 'x-amzn-query-error': `${queryCode};${faultOf(error.status)}` } : {};
      const value = { __type: error.code, message: error.message, ...members };
      return answer(error.status, value, requestId, compatible);
    },
  };
}

function parseObject(body: Uint8Array): unknown {
  let value: unknown;
  try {
    value = body.length === 0 ? {} : JSON.parse(Buffer.from(body).toString());
  } catch {
    value = undefined;
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  const { code, status } = ERRORS.serialization;
  throw new AwsError(code, 'The body is not a JSON object', status);
}

function faultOf(status: number): 'Sender' | 'Receiver' {
  return status < 500 ? 'Sender' : 'Receiver';
}
