/**
 * Request validation as API Gateway does it before the integration: required parameters, and the body against the
 * model of its content type. It checks shapes; what a value means is the function's concern.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html
 */
import { z } from 'zod';
import type { MethodSpec, RestApi } from '../deploy/deployment.ts';
import type { Json } from '../json.ts';
import type { RefusalType } from './refusal.ts';
import { headerOf } from './request.ts';
import type { GatewayRequest } from './request.ts';
import type { Match } from './routes.ts';

export interface Refused {
  readonly type: RefusalType;
  readonly message: string;
}

/** `undefined` when the request passes. */
export type Validate = (request: GatewayRequest, match: Match) => Refused | undefined;

/** @throws {Error} for a model that is not a JSON Schema of draft 4 */
export function validatorOf(api: RestApi): Validate {
  const models = new Map([...api.models].map(([name, schema]) => [name, schemaOf(name, schema)]));
  return (request, match) => {
    const validator = api.validators.get(match.method.validatorId ?? '');
    if (validator?.parameters) {
      const missing = missingParameters(match.method, request, match);
      const message = `Missing required request parameters: [${missing.join(', ')}]`;
      if (missing.length > 0) return { type: 'BAD_REQUEST_PARAMETERS', message };
    }
    const model = validator?.body ? models.get(modelName(match.method, request) ?? '') : undefined;
    if (model && !fits(model, request.body)) return { type: 'BAD_REQUEST_BODY', message: 'Invalid request body' };
    return undefined;
  };
}

function missingParameters(method: MethodSpec, request: GatewayRequest, match: Match): string[] {
  return Object.entries(method.parameters).flatMap(([parameter, required]) => {
    const [, , location, name = ''] = parameter.split('.');
    const value =
      location === 'header'
        ? headerOf(request, name.toLowerCase())
        : location === 'querystring'
          ? request.query.get(name)
          : match.pathParameters[name];
    return required && !value ? [name] : [];
  });
}

/** A body whose content type has no model is not looked at. */
function modelName(method: MethodSpec, request: GatewayRequest): string | undefined {
  const mediaType = (headerOf(request, 'content-type') ?? 'application/json').split(';')[0]?.trim().toLowerCase() ?? '';
  return method.models[mediaType] ?? method.models['$default'];
}

function schemaOf(name: string, schema: Json): z.ZodType {
  try {
    return z.fromJSONSchema(schema as z.core.JSONSchema.JSONSchema, { defaultTarget: 'draft-4' });
  } catch (error) {
    throw new Error(`the model \`${name}\` can't be used: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function fits(model: z.ZodType, body: Buffer): boolean {
  try {
    return model.safeParse(JSON.parse(body.toString('utf8'))).success;
  } catch {
    return false; // Not JSON.
  }
}
