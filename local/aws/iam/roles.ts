/**
 * Roles and managed policies, in the durable store.
 */
import { base32 } from '../identities.ts';
import { AwsError } from '../service.ts';
import type { StateStore } from '../store.ts';
import { InvalidDocument, parseDocument } from './documents.ts';
import type { DocumentKind } from './documents.ts';

/** One text of an inline policy, in force from `since` (epoch milliseconds, 0: at once); `null` where it was deleted. */
interface PolicyVersion {
  readonly since: number;
  readonly document: string | null;
}

export interface Role {
  readonly accountId: string;
  /** Begins and ends with `/`. */
  readonly path: string;
  readonly name: string;
  readonly arn: string;
  readonly roleId: string;
  readonly trustPolicy: string;
  /** Oldest first. The last one is what the IAM API shows; what counts is the last one whose time has come. */
  readonly inline: Readonly<Record<string, readonly PolicyVersion[]>>;
  /** Names of the inline policies that the template declares, as opposed to those written through the API. */
  readonly declared: readonly string[];
  /** ARNs of managed policies. */
  readonly attached: readonly string[];
  readonly boundary?: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Seconds. */
  readonly maxSessionDuration: number;
  readonly description?: string;
  readonly createdAt: number;
}

/** A role as a template states it. */
export interface RoleSpec {
  readonly accountId: string;
  readonly name: string;
  readonly path?: string;
  readonly trustPolicy: string;
  readonly inlinePolicies?: Readonly<Record<string, string>>;
  readonly managedPolicyArns?: readonly string[];
  readonly permissionsBoundary?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly maxSessionDuration?: number;
  readonly description?: string;
}

export interface RoleStore {
  /** Makes the role, or brings it to `spec`. Its id and the inline policies written through the API stay. */
  put(spec: RoleSpec): Promise<Role>;
  find(accountId: string, name: string): Role | undefined;
  byArn(arn: string): Role | undefined;
  putManagedPolicy(arn: string, document: string): Promise<void>;
  managedPolicy(arn: string): string | undefined;
  putInlinePolicy(role: Role, name: string, document: string): Promise<void>;
  deleteInlinePolicy(role: Role, name: string): Promise<void>;
}

export interface RoleStoreOptions {
  readonly store: StateStore;
  readonly clock: () => number;
  readonly randomBytes: (size: number) => Uint8Array;
  /** How long an inline policy's change takes to count, in milliseconds. */
  readonly propagationMs: () => number;
}

/** In all of a role's inline policies together, white space not counted. */
const INLINE_POLICY_LIMIT = 10_240;

export function openRoles({ store, clock, randomBytes, propagationMs }: RoleStoreOptions): RoleStore {
  const keyOf = (accountId: string, name: string): string => `iam/role/${accountId}/${name.toLowerCase()}`;
  const find = (accountId: string, name: string): Role | undefined =>
    store.get(keyOf(accountId, name)) as Role | undefined;
  const save = (role: Role): Promise<void> => store.write({ [keyOf(role.accountId, role.name)]: role });

  function setInline(role: Role, name: string, document: string | null, delayMs: number): Role {
    const now = clock();
    const history = role.inline[name] ?? [];
    // Versions before the one in force can never count again.
    const kept = history.slice(Math.max(0, lastInForce(history, now)));
    const since = delayMs === 0 ? 0 : now + delayMs;
    return { ...role, inline: { ...role.inline, [name]: [...kept, { since, document }] } };
  }

  return {
    find,
    byArn(arn) {
      const match = /^arn:aws:iam::(\d{12}):role\/(?:.*\/)?([^/]+)$/.exec(arn);
      const role = match ? find(match[1] ?? '', match[2] ?? '') : undefined;
      return role?.arn === arn ? role : undefined;
    },

    async put(spec) {
      checked('trust', spec.trustPolicy);
      const path = spec.path ?? '/';
      const before = find(spec.accountId, spec.name);
      const declared = spec.inlinePolicies ?? {};
      for (const document of Object.values(declared)) checked('identity', document);
      const written = Object.entries(before?.inline ?? {}).filter(([name]) => !before?.declared.includes(name));
      let role: Role = {
        accountId: spec.accountId,
        path,
        name: spec.name,
        arn: `arn:aws:iam::${spec.accountId}:role${path}${spec.name}`,
        roleId: before?.roleId ?? `AROA${base32(randomBytes(17), 17)}`,
        trustPolicy: spec.trustPolicy,
        inline: Object.fromEntries(written),
        declared: Object.keys(declared),
        attached: spec.managedPolicyArns ?? [],
        ...(spec.permissionsBoundary === undefined ? {} : { boundary: spec.permissionsBoundary }),
        tags: spec.tags ?? {},
        maxSessionDuration: spec.maxSessionDuration ?? 3_600,
        ...(spec.description === undefined ? {} : { description: spec.description }),
        createdAt: before?.createdAt ?? clock(),
      };
      for (const [name, document] of Object.entries(declared)) role = setInline(role, name, document, 0);
      await save(role);
      return role;
    },

    async putManagedPolicy(arn, document) {
      checked('identity', document);
      await store.write({ [`iam/policy/${arn}`]: document });
    },
    managedPolicy: (arn) => store.get(`iam/policy/${arn}`) as string | undefined,

    async putInlinePolicy(role, name, document) {
      checked('identity', document);
      const changed = setInline(role, name, document, propagationMs());
      const size = inlinePolicies(changed).reduce((sum, policy) => sum + policy.document.replace(/\s/g, '').length, 0);
      if (size > INLINE_POLICY_LIMIT) {
        const message = `Maximum policy size of ${INLINE_POLICY_LIMIT} bytes exceeded for role ${role.name}`;
        throw new AwsError('LimitExceeded', message, 409);
      }
      await save(changed);
    },

    async deleteInlinePolicy(role, name) {
      await save(setInline(role, name, null, propagationMs()));
    },
  };
}

/** The inline policies that the IAM API shows: the newest text of each. */
export function inlinePolicies(role: Role): readonly { readonly name: string; readonly document: string }[] {
  return Object.entries(role.inline).flatMap(([name, versions]) => {
    const document = versions.at(-1)?.document ?? null;
    return document === null ? [] : [{ name, document }];
  });
}

/** The inline policies that count at `now`: a change counts only when it has propagated. */
export function inlinePoliciesInForce(role: Role, now: number): readonly { name: string; document: string }[] {
  return Object.entries(role.inline).flatMap(([name, versions]) => {
    const document = versions[lastInForce(versions, now)]?.document ?? null;
    return document === null ? [] : [{ name, document }];
  });
}

function lastInForce(versions: readonly PolicyVersion[], now: number): number {
  return versions.findLastIndex((version) => version.since <= now);
}

function checked(kind: DocumentKind, text: string): void {
  try {
    parseDocument(kind, text);
  } catch (error) {
    if (error instanceof InvalidDocument) throw new AwsError('MalformedPolicyDocument', error.message, 400);
    throw error;
  }
}
