import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { IdentitySource, RequestAuthorizer, ResponseType } from 'aws-cdk-lib/aws-apigateway';
import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import { AttributeType, BillingMode, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Architecture, Function, LoggingFormat, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { authorizerCode } from './authorizerCode.ts';
import type { Routes } from './routedAuthorizer.ts';
import { ENV, REPLAY_KEY } from './settings.ts';

/** How it is found out whether a token was revoked. There is no default: it has to be thought of. */
export type AuthorizerRevocation =
  /** By the signed list: within seconds, and no call for each request. */
  | 'snapshot'
  /** Not at all: a revoked token is taken until it expires. */
  | 'unchecked'
  /** By asking for each request: at once. */
  | {
      readonly introspection: {
        /** The client that serves the audience. */
        readonly clientId: string;
        /** Its private key as a JWK with `kid`. Put the value in by hand; a template would show it. */
        readonly key: Pick<ISecret, 'secretArn' | 'grantRead'>;
      };
    };

export interface WritTokenAuthorizerProps {
  /** Writ's public URL, exactly as in `iss`. */
  readonly issuer: string;
  /** The API, exactly as in `aud`. */
  readonly audience: string;
  /**
   * What clients call, up to where the API's own paths begin: DPoP proofs are for it.
   *
   * @default - the origin of the audience
   */
  readonly publicUrl?: string;
  /**
   * What each route needs, by `<METHOD> <resource path>`: `{ 'GET /customers/{id}': { scopes: ['customers:read'] } }`.
   * A route that is not here is denied.
   */
  readonly routes: Routes;
  readonly revocation: AuthorizerRevocation;
  /** Whether impersonations are taken: somebody acts in the subject's name. @default false */
  readonly impersonation?: boolean;
  /**
   * That the API spends uses at `POST /v1/tokens/consume` for tokens that count them. The authorizer spends none.
   *
   * @default - such tokens are refused
   */
  readonly consumes?: boolean;
  /** Encrypts the table of proofs. @default - AWS's key for DynamoDB */
  readonly encryptionKey?: IKey;
  /** MB; the processor grows with it. @default 1024 */
  readonly memorySize?: number;
}

/**
 * Lambda authorizer of type `REQUEST` for REST APIs: lets a request through if it comes with a good delegation token of
 * Writ, proved by its key, with what the route needs.
 *
 * Answers are never kept: one would outlive revocation, and a DPoP proof is good for one request. Methods find who acts
 * for whom in `$context.authorizer`: `subject`, `actors`, `scope`, `grantId`, `tokenId` and more, and never the token.
 *
 * @example
 * const writ = new WritTokenAuthorizer(this, 'Writ', {
 *   issuer: 'https://writ.example.com',
 *   audience: 'https://billing.example.com',
 *   routes: { 'GET /reports/{customer}': { scopes: ['reports:read'] } },
 *   revocation: 'snapshot',
 * });
 * const api = new RestApi(this, 'Api', { defaultMethodOptions: { authorizer: writ.authorizer } });
 * writ.addChallenges(api);
 */
export class WritTokenAuthorizer extends Construct {
  /** For `authorizer` of methods. */
  readonly authorizer: RequestAuthorizer;
  readonly function: Function;
  /** Proofs that were seen. Holds no secret, and can be lost: then a proof might pass twice within its minute. */
  readonly replayTable: Table;

  constructor(scope: Construct, id: string, props: WritTokenAuthorizerProps) {
    super(scope, id);
    const { encryptionKey } = props;
    checkRoutes(props.routes);
    this.replayTable = new Table(this, 'Proofs', {
      partitionKey: { name: REPLAY_KEY, type: AttributeType.STRING },
      timeToLiveAttribute: 'ttl',
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy: RemovalPolicy.DESTROY,
      ...(encryptionKey
        ? { encryption: TableEncryption.CUSTOMER_MANAGED, encryptionKey }
        : { encryption: TableEncryption.AWS_MANAGED }),
    });
    const logGroup = new LogGroup(this, 'Log', {
      retention: RetentionDays.SIX_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(this, 'Role', {
      description: 'Verifies delegation tokens: marks proofs, writes its log',
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    });
    logGroup.grantWrite(role);
    // Marks are put, under a condition. Nothing is ever read, changed or deleted.
    this.replayTable.grant(role, 'dynamodb:PutItem');
    encryptionKey?.grant(role, ...KEY_ACTIONS);
    const revocation = revocationEnvironment(props.revocation);
    if (typeof props.revocation === 'object') props.revocation.introspection.key.grantRead(role);
    this.function = new Function(this, 'Function', {
      description: 'Writ token authorizer',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: authorizerCode(props.routes),
      role,
      environment: {
        [ENV.issuer]: props.issuer,
        [ENV.audience]: props.audience,
        [ENV.replayTable]: this.replayTable.tableName,
        [ENV.impersonation]: String(props.impersonation ?? false),
        [ENV.consumes]: String(props.consumes ?? false),
        ...(props.publicUrl !== undefined && { [ENV.publicUrl]: props.publicUrl }),
        ...revocation,
      },
      // API Gateway waits 10 s for an authorizer; the verifier's own calls give up after 3.
      timeout: Duration.seconds(8),
      memorySize: props.memorySize ?? 1024,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
    });
    this.authorizer = new RequestAuthorizer(this, 'Authorizer', {
      handler: this.function,
      // Without the header, API Gateway answers 401 itself.
      identitySources: [IdentitySource.header('Authorization')],
      resultsCacheTtl: Duration.seconds(0),
    });
  }

  /**
   * Has refusals say what would do, in `WWW-Authenticate` (RFC 6750, RFC 9449). API Gateway's own answers do not.
   *
   * @param api whose methods have this authorizer; other authorizers' refusals would get an empty header
   */
  addChallenges(api: RestApi): void {
    api.addGatewayResponse('WritDenied', {
      type: ResponseType.ACCESS_DENIED,
      responseHeaders: { 'WWW-Authenticate': 'context.authorizer.wwwAuthenticate' },
      templates: { 'application/json': '{"error":"$context.authorizer.error"}' },
    });
    api.addGatewayResponse('WritUnauthorized', {
      type: ResponseType.UNAUTHORIZED,
      // An authorizer that says 401 can’t say why.
      responseHeaders: { 'WWW-Authenticate': '\'DPoP algs="ES256 EdDSA PS256 RS256", Bearer\'' },
      templates: { 'application/json': '{"error":"invalid_token"}' },
    });
  }
}

/** What DynamoDB needs of the key, in the name of whoever writes. Without the wildcards of the CDK's own grants. */
const KEY_ACTIONS = [
  'kms:Decrypt',
  'kms:DescribeKey',
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
];

function revocationEnvironment(revocation: AuthorizerRevocation): Record<string, string> {
  if (typeof revocation === 'string') return { [ENV.revocation]: revocation };
  const { clientId, key } = revocation.introspection;
  return { [ENV.revocation]: 'introspection', [ENV.clientId]: clientId, [ENV.clientKeySecret]: key.secretArn };
}

/** @throws TypeError for a route that could never match: it would be denied for a slip of the pen */
function checkRoutes(routes: Routes): void {
  const wrong = Object.keys(routes).find((route) => !/^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) \/\S*$/u.test(route));
  if (wrong !== undefined) throw new TypeError(`\`routes\` has "${wrong}": expected "GET /customers/{id}"`);
}
