import type { CedarValueJson, EntityJson, TypeAndId } from '@cedar-policy/cedar-wasm/web';
import type { ApprovalChain } from '../../core/bundle.ts';
import type { PolicyAction } from '../../core/decision.ts';
import type { Entitlement } from '../../core/entitlement.ts';
import type { Grant } from '../../core/grant.ts';
import type { PolicyContext, PolicyResource } from '../../core/ports.ts';
import type { Domain, Principal } from '../../core/principal.ts';

/** One question in Cedar's terms, with the few entities that it is about. */
export interface CedarRequest {
  readonly principal: TypeAndId;
  readonly action: TypeAndId;
  readonly resource: TypeAndId;
  readonly context: Record<string, CedarValueJson>;
  readonly entities: EntityJson[];
}

/**
 * Puts a question in the words of `policies/schema.cedarschema`. Issuing is asked about the entitlement, as requesting
 * is, so that the same policies decide both; the grant is in the context, and what was asked for comes from it.
 *
 * @returns undefined when there is nothing to ask about: the catalogue has the grant's entitlement no longer.
 * @throws TypeError for an action that does not fit the resource, and for a source address that is none.
 */
export function cedarRequest(
  principal: Principal,
  action: PolicyAction,
  resource: PolicyResource,
  context: PolicyContext,
  chains: readonly ApprovalChain[],
): CedarRequest | undefined {
  const asked = {
    principal: uid('Principal', principal.id),
    action: uid('Action', action),
    context: circumstances(principal, context),
  };
  const own = principalEntity(principal);
  const parameters = (values: Readonly<Record<string, string>> = {}): EntityJson => ({
    uid: PARAMETERS,
    attrs: {},
    parents: [],
    tags: values,
  });
  switch (action) {
    case 'request':
    case 'autoApprove': {
      if (resource.type !== 'entitlement') throw misfit(action, resource);
      return {
        ...asked,
        resource: uid('Entitlement', resource.entitlement.id),
        context: { ...asked.context, ...asking(context) },
        entities: [own, entitlementEntity(resource.entitlement, chains), parameters(context.parameters)],
      };
    }
    case 'issue': {
      if (resource.type !== 'grant') throw misfit(action, resource);
      const { grant, entitlement } = resource;
      if (!entitlement) return undefined;
      return {
        ...asked,
        resource: uid('Entitlement', entitlement.id),
        context: { ...asked.context, ...asking(grant.request), grant: { __entity: uid('Grant', grant.id) } },
        entities: [
          own,
          entitlementEntity(entitlement, chains),
          grantEntity(grant, entitlement),
          parameters(grant.request.parameters),
        ],
      };
    }
    case 'revoke':
    case 'read':
    case 'audit':
    case 'administer': {
      if (resource.type === 'entitlement') throw misfit(action, resource);
      if (resource.type === 'system') {
        return { ...asked, resource: SYSTEM, entities: [own, { uid: SYSTEM, attrs: {}, parents: [] }] };
      }
      const { grant, entitlement } = resource;
      return {
        ...asked,
        resource: uid('Grant', grant.id),
        entities: [
          own,
          grantEntity(grant, entitlement),
          ...(entitlement ? [entitlementEntity(entitlement, chains)] : []),
        ],
      };
    }
  }
}

const uid = (type: string, id: string): TypeAndId => ({ type: `Writ::${type}`, id });
const PARAMETERS = uid('Parameters', 'given');
const SYSTEM = uid('System', 'writ');

const group = (domain: Domain, name: string): TypeAndId => uid('Group', `${domain}:${name}`);
/** Owners and approvers are people of the organization: only the `admin` domain names their groups. */
const staff = (name: string): CedarValueJson => ({ __entity: group('admin', name) });

function principalEntity(principal: Principal): EntityJson {
  const { id, domain, issuer, subject, person, project, groups } = principal;
  return {
    uid: uid('Principal', id),
    attrs: { domain, issuer, subject, person, project },
    parents: groups.map((name) => group(domain, name)),
  };
}

function entitlementEntity(entitlement: Entitlement, chains: readonly ApprovalChain[]): EntityJson {
  const { id, kind, risk, domains, project, owner, target, approvals } = entitlement;
  const stages = chains.find((chain) => chain.id === approvals)?.stages ?? [];
  return {
    uid: uid('Entitlement', id),
    attrs: {
      kind,
      risk,
      domains: [...domains],
      project,
      owner: staff(owner),
      approvers: stages.flatMap((stage) => stage.groups).map(staff),
      target,
    },
    parents: [],
  };
}

function grantEntity(grant: Grant, entitlement: Entitlement | undefined): EntityJson {
  return {
    uid: uid('Grant', grant.id),
    attrs: {
      requester: { __entity: uid('Principal', grant.request.requester.id) },
      requesterPerson: grant.request.requester.person,
      ...(entitlement && { entitlement: { __entity: uid('Entitlement', entitlement.id) } }),
    },
    parents: [],
  };
}

function circumstances(
  { authentication }: Principal,
  { now, sourceIp }: PolicyContext,
): Record<string, CedarValueJson> {
  return {
    mfa: authentication.mfa,
    // Rounded up: a second factor of 900.1 seconds ago is older than 900 seconds. Providers' clocks may be ahead.
    ...(authentication.at !== undefined && {
      authAgeSeconds: Math.max(0, Math.ceil((now - authentication.at) / 1000)),
    }),
    sourceIp: { __extn: { fn: 'ip', arg: address(sourceIp) } },
    hour: new Date(now).getUTCHours(),
  };
}

const ADDRESS = /^[0-9A-Fa-f.:]{2,45}$/;
const MAPPED = /^::ffff:(?=\d+\.)/i;

/** One address: Cedar's `ip` would take a range too. An IPv4 address mapped to IPv6 is that IPv4 address. */
function address(text: string): string {
  if (!ADDRESS.test(text)) throw new TypeError('the source address is not an IP address');
  return text.replace(MAPPED, '');
}

function asking({
  durationSeconds,
  ticket,
}: Pick<PolicyContext, 'durationSeconds' | 'ticket'>): Record<string, CedarValueJson> {
  return {
    ...(durationSeconds !== undefined && { durationSeconds }),
    ...(ticket !== undefined && { ticket }),
    parameters: { __entity: PARAMETERS },
  };
}

const misfit = (action: PolicyAction, resource: PolicyResource): TypeError =>
  new TypeError(`\`${action}\` is not asked about a resource of type ${resource.type}`);
