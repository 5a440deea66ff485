/** REST APIs and their parts. */
import { z } from 'zod';
import type { RestApi } from '../deploy/deployment.ts';
import { TemplateError } from '../deploy/intrinsics.ts';
import { physicalId, physicalName } from '../deploy/resource.ts';
import type { Deploy, ResourceContext } from '../deploy/resource.ts';
import type { Json } from '../json.ts';

const REST_API = z.object({ Name: z.string(), Body: z.never().optional(), BodyS3Location: z.never().optional() });

/** `Ref` is the API's id. */
export const deployRestApi: Deploy = async (properties, context) => {
  const id = physicalId(context, 10);
  context.deployment.apis.set(id, {
    id,
    accountId: context.accountId,
    region: context.region,
    name: REST_API.parse(properties).Name,
    resources: new Map(),
    methods: [],
    models: new Map(),
    validators: new Map(),
    responses: new Map(),
    stages: [],
  });
  return { ref: id, attributes: { RestApiId: id, RootResourceId: rootOf(id) } };
};

const rootOf = (apiId: string): string => `${apiId}-root`;

const RESOURCE = z.strictObject({ RestApiId: z.string(), ParentId: z.string(), PathPart: z.string() });

export const deployApiResource: Deploy = async (properties, context) => {
  const { RestApiId, ParentId, PathPart } = RESOURCE.parse(properties);
  const id = physicalId(context, 6);
  apiOf(RestApiId, context).resources.set(id, { parentId: ParentId, pathPart: PathPart });
  return { ref: id, attributes: { ResourceId: id } };
};

/** `arn:aws:apigateway:<region>:lambda:path/2015-03-31/functions/<function's ARN>/invocations` */
const INVOCATION = /^arn:aws:apigateway:[a-z0-9-]+:lambda:path\/2015-03-31\/functions\/(arn:[^/]+)\/invocations$/;

const METHOD = z.object({
  RestApiId: z.string(),
  ResourceId: z.string(),
  HttpMethod: z.string(),
  AuthorizationType: z.literal('NONE', { error: 'only methods without an authorizer are built' }).default('NONE'),
  ApiKeyRequired: z.literal(false).default(false),
  RequestParameters: z.record(z.string(), z.boolean()).default({}),
  RequestModels: z.record(z.string(), z.string()).default({}),
  RequestValidatorId: z.string().optional(),
  Integration: z.object({
    Type: z.literal('AWS_PROXY', { error: 'only Lambda proxy integrations are built' }),
    Uri: z.string().regex(INVOCATION),
    TimeoutInMillis: z.number().int().default(29_000),
  }),
});

export const deployMethod: Deploy = async (properties, context) => {
  const method = METHOD.parse(properties);
  const [, functionArn = ''] = INVOCATION.exec(method.Integration.Uri) ?? [];
  apiOf(method.RestApiId, context).methods.push({
    apiId: method.RestApiId,
    resourceId: method.ResourceId,
    httpMethod: method.HttpMethod,
    functionArn,
    timeoutMs: method.Integration.TimeoutInMillis,
    parameters: method.RequestParameters,
    models: method.RequestModels,
    ...(method.RequestValidatorId !== undefined && { validatorId: method.RequestValidatorId }),
  });
  return { ref: physicalName(context) };
};

const MODEL = z.object({
  RestApiId: z.string(),
  Name: z.string().optional(),
  Schema: z.record(z.string(), z.unknown()).transform((schema) => schema as Json),
});

export const deployModel: Deploy = async (properties, context) => {
  const { RestApiId, Name, Schema } = MODEL.parse(properties);
  const name = Name ?? physicalId(context, 10);
  apiOf(RestApiId, context).models.set(name, Schema);
  return { ref: name };
};

const VALIDATOR = z.object({
  RestApiId: z.string(),
  ValidateRequestBody: z.boolean().default(false),
  ValidateRequestParameters: z.boolean().default(false),
});

export const deployRequestValidator: Deploy = async (properties, context) => {
  const { RestApiId, ValidateRequestBody, ValidateRequestParameters } = VALIDATOR.parse(properties);
  const id = physicalId(context, 6);
  apiOf(RestApiId, context).validators.set(id, { body: ValidateRequestBody, parameters: ValidateRequestParameters });
  return { ref: id, attributes: { RequestValidatorId: id } };
};

const HEADER = /^gatewayresponse\.header\.(.+)$/;

const GATEWAY_RESPONSE = z.strictObject({
  RestApiId: z.string(),
  ResponseType: z.string(),
  StatusCode: z
    .string()
    .regex(/^[1-5]\d\d$/)
    .transform(Number)
    .optional(),
  ResponseParameters: z.record(z.string().regex(HEADER), z.string().regex(/^'.*'$/)).default({}),
  ResponseTemplates: z.record(z.string(), z.string()).default({}),
});

export const deployGatewayResponse: Deploy = async (properties, context) => {
  const response = GATEWAY_RESPONSE.parse(properties);
  const headers = Object.entries(response.ResponseParameters).map(
    ([name, value]) => [HEADER.exec(name)?.[1] ?? '', value.slice(1, -1)] as const,
  );
  apiOf(response.RestApiId, context).responses.set(response.ResponseType, {
    ...(response.StatusCode !== undefined && { statusCode: response.StatusCode }),
    headers: Object.fromEntries(headers),
    templates: response.ResponseTemplates,
  });
  return { ref: physicalName(context) };
};

export const deployApiDeployment: Deploy = async (_properties, context) => {
  const id = physicalId(context, 6);
  return { ref: id, attributes: { DeploymentId: id } };
};

/** Logging, throttling and caching are API Gateway's own; a laptop has none of them. */
const STAGE = z.object({ RestApiId: z.string(), StageName: z.string() });

export const deployStage: Deploy = async (properties, context) => {
  const { RestApiId, StageName } = STAGE.parse(properties);
  apiOf(RestApiId, context).stages.push(StageName);
  return { ref: StageName };
};

function apiOf(id: string, { deployment }: ResourceContext): RestApi {
  const api = deployment.apis.get(id);
  if (!api) throw new TemplateError(`there is no REST API \`${id}\``);
  return api;
}
