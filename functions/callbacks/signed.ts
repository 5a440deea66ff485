import type { APIGatewayProxyEvent } from 'aws-lambda';
import { isSigned, isTimely, parseSignatureHeader, SIGNATURE_HEADER } from '../../adapters/notify/signature.ts';
import { headerOf } from '../shared/request.ts';
import { Refusal } from './refusal.ts';

const MAX_BODY_BYTES = 32 * 1024;

/**
 * The body's bytes as they were sent, before anything in them is looked at. They are what was signed.
 *
 * @throws Refusal `too_large`, `wrong_type`
 */
export function rawBody(event: APIGatewayProxyEvent, type: string): Buffer {
  const { body, isBase64Encoded } = event;
  const text = body ?? '';
  if (text.length > MAX_BODY_BYTES * 2) throw new Refusal('too_large');
  const bytes = Buffer.from(text, isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length > MAX_BODY_BYTES) throw new Refusal('too_large');
  const given = headerOf(event, 'content-type')?.split(';')[0]?.trim().toLowerCase();
  if (given !== type) throw new Refusal('wrong_type');
  return bytes;
}

/**
 * Slack's signature, version 0.
 *
 * @param secrets that count at present
 * @throws Refusal `unsigned`, `forged`, `late`
 * @see https://docs.slack.dev/authentication/verifying-requests-from-slack
 */
export function checkChatSignature(
  event: APIGatewayProxyEvent,
  body: Buffer,
  secrets: readonly string[],
  now: number,
): void {
  const t = headerOf(event, 'x-slack-request-timestamp') ?? '';
  const signature = headerOf(event, 'x-slack-signature') ?? '';
  if (!/^\d{1,12}$/.test(t) || !/^v0=[0-9a-f]{64}$/.test(signature)) throw new Refusal('unsigned');
  if (!isSigned(signature.slice(3), `v0:${t}:${body.toString('utf8')}`, secrets)) throw new Refusal('forged');
  if (!isTimely(t, now)) throw new Refusal('late');
}

/** Writ's own signature, as its webhooks carry it. @throws Refusal `unsigned`, `forged`, `late` */
export function checkWritSignature(
  event: APIGatewayProxyEvent,
  body: Buffer,
  keys: readonly string[],
  now: number,
): void {
  const parsed = parseSignatureHeader(headerOf(event, SIGNATURE_HEADER) ?? '');
  if (!parsed) throw new Refusal('unsigned');
  const text = `${parsed.t}.${body.toString('utf8')}`;
  if (!parsed.v1.some((signature) => isSigned(signature, text, keys))) throw new Refusal('forged');
  if (!isTimely(parsed.t, now)) throw new Refusal('late');
}
