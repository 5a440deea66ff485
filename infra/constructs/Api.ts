import { Duration, Validations } from 'aws-cdk-lib';
import {
  AccessLogFormat,
  AuthorizationType,
  EndpointType,
  JsonSchemaType,
  LambdaIntegration,
  LogGroupLogDestination,
  MethodLoggingLevel,
  RestApi,
} from 'aws-cdk-lib/aws-apigateway';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import type { Route } from '../../contract/routes.ts';
import { ROUTES } from '../../contract/routes.ts';
import type { AlarmTopic } from './AlarmTopic.ts';
import { ALARM_PERIOD } from './AlarmTopic.ts';
import { EncryptedLogGroup } from './EncryptedLogGroup.ts';
import { addGatewayResponses } from './gatewayResponses.ts';
import type { MutualTls } from './MutualTlsDomain.ts';
import { MutualTlsDomain } from './MutualTlsDomain.ts';
import { DEFAULT_THROTTLE, methodThrottling, settingsOf } from './throttling.ts';
import { WebAcl } from './WebAcl.ts';

/** The one stage. */
const STAGE = 'live';

/** How the stage is watched. A method with settings of its own inherits none of these, so they are said for each. */
const WATCHED = {
  metricsEnabled: true,
  loggingLevel: MethodLoggingLevel.ERROR,
  // Would write whole requests, with their bearer tokens, into the log.
  dataTraceEnabled: false,
} as const;

/**
 * One line a request. No header, no query, no body: a token never gets into it, and neither does a justification.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
 */
const ACCESS_LOG = {
  time: '$context.requestTimeEpoch',
  requestId: '$context.requestId',
  traceId: '$context.xrayTraceId',
  sourceIp: '$context.identity.sourceIp',
  method: '$context.httpMethod',
  route: '$context.resourcePath',
  status: '$context.status',
  responseBytes: '$context.responseLength',
  latencyMs: '$context.responseLatency',
  functionMs: '$context.integration.latency',
  functionStatus: '$context.integration.integrationStatus',
  gatewayError: '$context.error.responseType',
  firewall: '$context.wafResponseCode',
} as const;

export interface ApiProps {
  readonly region: string;
  readonly dataKey: IKey;
  readonly alarms: AlarmTopic;
  /** With it, the stage's own URL answers nobody: it would ask for no certificate. @default - none */
  readonly mutualTls?: MutualTls;
}

/**
 * The REST API. It is made before its functions, which must know its URL, and gets its routes after them.
 */
export class Api extends Construct {
  readonly rest: RestApi;
  /** Where it answers: the domain with mutual TLS, or the stage's own URL. Other domains are given as `publicUrl`. */
  readonly url: string;

  constructor(scope: Construct, id: string, { region, dataKey, alarms, mutualTls }: ApiProps) {
    super(scope, id);
    const accessLog = new EncryptedLogGroup(this, 'AccessLog', { name: '/writ/api-access', dataKey });
    this.rest = new RestApi(this, 'Rest', {
      restApiName: 'writ',
      description: 'Writ: temporary, narrow, provable authority',
      endpointTypes: [EndpointType.REGIONAL],
      cloudWatchRole: true,
      ...(mutualTls && { disableExecuteApiEndpoint: true }),
      deployOptions: {
        stageName: STAGE,
        tracingEnabled: true,
        ...WATCHED,
        ...settingsOf(DEFAULT_THROTTLE),
        methodOptions: Object.fromEntries(
          Object.entries(methodThrottling()).map(([method, throttle]) => [method, { ...WATCHED, ...throttle }]),
        ),
        accessLogDestination: new LogGroupLogDestination(accessLog),
        accessLogFormat: AccessLogFormat.custom(JSON.stringify(ACCESS_LOG)),
      },
    });
    if (mutualTls) new MutualTlsDomain(this, 'MutualTls', { ...mutualTls, rest: this.rest });
    this.url = mutualTls
      ? `https://${mutualTls.domainName}`
      : `https://${this.rest.restApiId}.execute-api.${region}.amazonaws.com/${STAGE}`;
    acknowledgeGatewayRole(this.rest);
    // API Gateway would make this group itself, without a key and for ever.
    new EncryptedLogGroup(this, 'ExecutionLog', {
      name: `API-Gateway-Execution-Logs_${this.rest.restApiId}/${STAGE}`,
      dataKey,
    });
    addGatewayResponses(this.rest);
    new WebAcl(this, 'WebAcl', { stageArn: this.rest.deploymentStage.stageArn });
    alarms.watch(this, 'ServerErrors', {
      description: 'The API answered 5xx. See the log groups /writ/api-access and /aws/lambda/writ-*.',
      metric: this.rest.metricServerError({ period: ALARM_PERIOD, statistic: 'Sum' }),
    });
  }

  /** Every route of the contract, each by its duty's function; there is no catch-all. */
  addRoutes(functions: Readonly<Record<Route['duty'], IFunction>>): void {
    const bodyIsAnObject = this.rest.addModel('JsonObject', {
      modelName: 'JsonObject',
      contentType: 'application/json',
      // Only that there is one: the function's own schema is the authority, and says what is wrong.
      schema: { type: JsonSchemaType.OBJECT },
    });
    const validator = this.rest.addRequestValidator('Validator', {
      requestValidatorName: 'body-and-parameters',
      validateRequestBody: true,
      validateRequestParameters: true,
    });
    for (const [operationName, route] of Object.entries<Route>(ROUTES)) {
      const integration = new LambdaIntegration(functions[route.duty], {
        allowTestInvoke: false,
        timeout: Duration.seconds(29),
      });
      const method = this.rest.root.resourceForPath(route.path).addMethod(route.method, integration, {
        operationName,
        authorizationType: AuthorizationType.NONE,
        requestValidator: validator,
        // A model is a JSON Schema, so of a form there is none: the function's own schema takes it apart.
        ...(route.body && { requestModels: { 'application/json': bodyIsAnObject } }),
      });
      const reason = whyWithoutAuthorizer(route.audience);
      Validations.of(method).acknowledge({ id: 'AwsSolutions-APIG4', reason }, { id: 'AwsSolutions-COG4', reason });
    }
  }
}

function whyWithoutAuthorizer(audience: Route['audience']): string {
  if (audience.includes('public')) return 'Public by contract: it holds nothing secret.';
  if (audience.includes('signed')) {
    return 'A system calls it, not a person: the function checks the signature over the body itself.';
  }
  if (audience.includes('client') || audience.includes('resourceServer')) {
    return 'A registered application calls it: the function checks its assertion or certificate itself, at each call.';
  }
  return 'The function verifies the bearer token itself, at each call: a gateway’s authorizer would cache its answer.';
}

function acknowledgeGatewayRole(rest: RestApi): void {
  const role = rest.node.findChild('CloudWatchRole');
  Validations.of(role).acknowledge({
    id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]',
    reason: 'An account has one role for API Gateway’s logs, and AWS documents this policy for it.',
  });
}
