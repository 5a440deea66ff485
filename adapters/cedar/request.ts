import type { CedarValueJson, EntityJson, TypeAndId } from '@cedar-policy/cedar-wasm/web';
import type { PolicyBundle } from '../../core/bundle.ts';
import { groupsAsked, onCallAt, selectorsOf } from '../../core/chain.ts';
import type { PolicyAction } from '../../core/decision.ts';
import type { Entitlement } from '../../core/entitlement.ts';
import type { Grant } from '../../core/grant.ts';
import { approvalsOf } from '../../core/grant.ts';
import type { PolicyContext, PolicyResource } from '../../core/ports.ts';
import type { Domain, Principal, PrincipalId } from '../../core/principal.ts';

/** What a question needs to know of the bundle: whom chains ask. */
type Asked = Pick<PolicyBundle, 'chains' | 'directory'>;

/**
 * One question in Cedar's terms, with the few entities that it is about. Attributes that take work are made when they are
 * read: few policies read them.
 */
export interface CedarRequest {
  readonly principal: TypeAndId;
  readonly action: TypeAndId;
  readonly resource: TypeAndId;
  readonly context: Record<string, CedarValueJson>;
  readonly entities: EntityJson[];
}

/**
 * Puts a question in the words of `policies/schema.cedarschema`. Issuing, and acting under a grant, is asked about the
 * entitlement, as requesting is, so that the same policies decide both; the grant is in the context, and what was asked
 * for comes from it.
 *
 * @returns undefined when there is nothing to ask about: the catalogue has the grant's entitlement no longer.
 * @throws TypeError for an action that does not fit the resource, and for a source address that is none.
 */
export function cedarRequest(
  principal: Principal,
  action: PolicyAction,
  resource: PolicyResource,
  context: PolicyContext,
  bundle: Asked,
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
    case 'autoApprove':
    case 'extend':
    case 'breakGlass': {
      if (resource.type !== 'entitlement') throw misfit(action, resource);
      return {
        ...asked,
        resource: uid('Entitlement', resource.entitlement.id),
        context: { ...asked.context, ...asking(context) },
        entities: [own, entitlementEntity(resource.entitlement, bundle), parameters(context.parameters)],
      };
    }
    case 'issue':
    case 'delegate':
    case 'impersonate': {
      if (resource.type !== 'grant') throw misfit(action, resource);
      const { grant, entitlement } = resource;
      if (!entitlement) return undefined;
      return {
        ...asked,
        resource: uid('Entitlement', entitlement.id),
        context: { ...asked.context, ...asking(grant.request), grant: { __entity: uid('Grant', grant.id) } },
        entities: [
          own,
          entitlementEntity(entitlement, bundle),
          grantEntity(grant, entitlement, context.now, bundle),
          parameters(grant.request.parameters),
        ],
      };
    }
    case 'administer':
    case 'audit':
    case 'read':
    case 'approve':
    case 'consent':
    case 'review':
    case 'revoke': {
      if (resource.type === 'system' && OF_SYSTEM.has(action)) {
        return { ...asked, resource: SYSTEM, entities: [own, { uid: SYSTEM, attrs: {}, parents: [] }] };
      }
      if (resource.type !== 'grant' || action === 'administer') throw misfit(action, resource);
      const { grant, entitlement } = resource;
      return {
        ...asked,
        resource: uid('Grant', grant.id),
        entities: [
          own,
          grantEntity(grant, entitlement, context.now, bundle),
          ...(entitlement ? [entitlementEntity(entitlement, bundle)] : []),
        ],
      };
    }
  }
}

const OF_SYSTEM: ReadonlySet<PolicyAction> = new Set(['administer', 'audit', 'read']);

const uid = (type: string, id: string): TypeAndId => ({ type: `Writ::${type}`, id });
const PARAMETERS = uid('Parameters', 'given');
const SYSTEM = uid('System', 'writ');

const group = (domain: Domain, name: string): TypeAndId => uid('Group', `${domain}:${name}`);
const account = (id: PrincipalId): CedarValueJson => ({ __entity: uid('Principal', id) });
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

function entitlementEntity(entitlement: Entitlement, bundle: Asked): EntityJson {
  const { id, kind, risk, dataClass, domains, project, owner } = entitlement;
  return {
    uid: uid('Entitlement', id),
    attrs: {
      kind,
      risk,
      dataClass,
      domains: [...domains],
      project,
      owner: staff(owner),
      get approvers() {
        const chain = chainOf(entitlement, bundle);
        return chain ? groupsAsked(chain, entitlement).map(staff) : [];
      },
      breakGlass: kind === 'aws' && entitlement.breakGlass !== undefined,
      ...(kind === 'aws' && { target: entitlement.target }),
    },
    parents: [],
  };
}

const chainOf = ({ approvals }: Entitlement, { chains }: Asked) => chains.find((chain) => chain.id === approvals);

function grantEntity(grant: Grant, entitlement: Entitlement | undefined, now: number, bundle: Asked): EntityJson {
  const { requester, subject } = grant.request;
  return {
    uid: uid('Grant', grant.id),
    attrs: {
      requester: account(requester.id),
      requesterPerson: requester.person,
      lenders: (grant.lineage ?? []).map(({ holder }) => account(holder.id)),
      ...(subject !== undefined && { subject: account(subject) }),
      get named() {
        return entitlement ? namedIn(entitlement, now, bundle).map(account) : [];
      },
      get approverPersons() {
        return [...new Set(approvalsOf(grant).map(({ by }) => by.person))];
      },
      ...(entitlement && { entitlement: { __entity: uid('Entitlement', entitlement.id) } }),
    },
    parents: [],
  };
}

/** Whom the chain asks by name: always, or while it is their turn. */
function namedIn(entitlement: Entitlement, now: number, bundle: Asked): PrincipalId[] {
  const stages = chainOf(entitlement, bundle)?.stages ?? [];
  return stages.flatMap(selectorsOf).flatMap((selector) => {
    if ('person' in selector) return [selector.person];
    const onCall = 'onCall' in selector ? onCallAt(bundle.directory, selector.onCall, now) : undefined;
    return onCall === undefined ? [] : [onCall];
  });
}

function circumstances(
  { authentication }: Principal,
  { now, sourceIp, via = 'api' }: PolicyContext,
): Record<string, CedarValueJson> {
  return {
    via,
    sealed: authentication.sealedKey !== undefined,
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
  subject,
}: Pick<PolicyContext, 'durationSeconds' | 'ticket' | 'subject'>): Record<string, CedarValueJson> {
  return {
    ...(durationSeconds !== undefined && { durationSeconds }),
    ...(ticket !== undefined && { ticket }),
    ...(subject !== undefined && { subject }),
    parameters: { __entity: PARAMETERS },
  };
}

const misfit = (action: PolicyAction, resource: PolicyResource): TypeError =>
  new TypeError(`\`${action}\` is not asked about a resource of type ${resource.type}`);
