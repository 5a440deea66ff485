import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import { CfnBasePathMapping, CfnDomainName } from 'aws-cdk-lib/aws-apigateway';
import { Construct } from 'constructs';

/** A domain whose callers all present a certificate that an authority of the trust store signed. */
export interface MutualTls {
  readonly domainName: string;
  /** The domain's own certificate, in ACM, of the API's Region. */
  readonly certificateArn: string;
  /** `s3://…`: the authorities' certificates, PEM. */
  readonly truststoreUri: string;
  /** @default the newest version at the time of the deployment; CloudFormation sees no other */
  readonly truststoreVersion?: string;
}

export interface MutualTlsDomainProps extends MutualTls {
  readonly rest: RestApi;
}

/**
 * API Gateway's check of client certificates (RFC 8705 §2). It is in the handshake: whoever has none reaches nothing.
 * Functions see the certificate in `requestContext.identity.clientCert` and nowhere else. A callers' certificate is
 * not checked for revocation; a client's thumbprint in the bundle is what counts.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mutual-tls.html
 */
export class MutualTlsDomain extends Construct {
  constructor(scope: Construct, id: string, props: MutualTlsDomainProps) {
    super(scope, id);
    const { rest, domainName, certificateArn, truststoreUri, truststoreVersion } = props;
    const domain = new CfnDomainName(this, 'Domain', {
      domainName,
      regionalCertificateArn: certificateArn,
      endpointConfiguration: { types: ['REGIONAL'] },
      securityPolicy: 'TLS_1_2',
      mutualTlsAuthentication: {
        truststoreUri,
        ...(truststoreVersion !== undefined && { truststoreVersion }),
      },
    });
    new CfnBasePathMapping(this, 'Stage', {
      domainName: domain.ref,
      restApiId: rest.restApiId,
      stage: rest.deploymentStage.stageName,
    });
  }
}
