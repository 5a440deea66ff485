/**
 * What a function sees as `process.env`: its template's variables and what Lambda adds, and nothing of this process.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
 */
import type { SessionCredentials } from '../../aws/identities.ts';
import type { FunctionSpec } from '../deploy/deployment.ts';

export function functionEnvironment(
  spec: FunctionSpec,
  credentials: SessionCredentials,
  awsEndpointUrl: string,
): Record<string, string> {
  return {
    ...spec.environment,
    _HANDLER: spec.handler,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
    AWS_REGION: spec.region,
    AWS_DEFAULT_REGION: spec.region,
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_NAME: spec.name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(spec.memoryMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${spec.name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: 'local',
    LAMBDA_TASK_ROOT: spec.directory,
    TZ: ':UTC',
    // The one variable that AWS does not set: the SDK's clients find the local AWS by it.
    AWS_ENDPOINT_URL: awsEndpointUrl,
  };
}
