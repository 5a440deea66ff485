/** What a function answered, as the HTTP response that a Lambda proxy integration makes of it. */
import { z } from 'zod';
import type { Outcome } from '../lambda/outcome.ts';
import type { GatewayAnswer } from './refusal.ts';

const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);

const ANSWER = z.strictObject({
  statusCode: z.coerce.number().int().min(100).max(599),
  headers: z.record(z.string(), scalar).nullish(),
  multiValueHeaders: z.record(z.string(), z.array(scalar)).nullish(),
  body: z.string().nullish(),
  isBase64Encoded: z.boolean().nullish(),
});

/** `undefined` for a failure and for a malformed answer: both are a 502 to the caller. */
export function answerOf(outcome: Outcome): GatewayAnswer | undefined {
  const parsed = outcome.ok ? ANSWER.safeParse(JSON.parse(outcome.payload)) : undefined;
  if (!parsed?.success) return undefined;
  const { statusCode, headers, multiValueHeaders, body, isBase64Encoded } = parsed.data;
  const many = Object.entries(multiValueHeaders ?? {}).flatMap(([name, values]) =>
    values.map((value) => [name, value] as const),
  );
  const given = new Set(many.map(([name]) => name.toLowerCase()));
  const single = Object.entries(headers ?? {}).filter(([name]) => !given.has(name.toLowerCase()));
  const all = [...single, ...many];
  const typed = all.some(([name]) => name.toLowerCase() === 'content-type');
  return {
    status: statusCode,
    headers: typed ? all : [['Content-Type', 'application/json'], ...all],
    body: Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8'),
  };
}
