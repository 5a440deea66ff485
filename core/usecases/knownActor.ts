import type { PolicyBundle } from '../bundle.ts';
import { clientAsPrincipal, clientOf } from '../oauth/client.ts';
import type { Principal, PrincipalId, PrincipalRef } from '../principal.ts';
import { principalDomain, refOf } from '../principal.ts';

/** Somebody whom the bundle names, so that a grant can be lent on to them without their sign-in. */
export interface KnownActor {
  readonly ref: PrincipalRef;
  /** As far as the bundle knows them: without any sign-in. */
  readonly principal: Principal;
  /** The client that they are. */
  readonly client?: string;
}

/** A registered client or somebody in the directory; undefined for anybody else. */
export function knownActor({ clients, directory }: PolicyBundle, id: PrincipalId): KnownActor | undefined {
  const client = clientOf(clients, id);
  if (client) {
    const principal = clientAsPrincipal(client);
    return { principal, ref: refOf(principal), client: client.id };
  }
  const person = directory.people.find((candidate) => candidate.id === id);
  if (!person) return undefined;
  const [, issuer = '', ...subject] = id.split(':');
  const principal: Principal = {
    id,
    domain: principalDomain(id),
    issuer,
    subject: subject.join(':'),
    person: person.person,
    groups: person.groups,
    project: person.projects[0] ?? '',
    authentication: { mfa: false, methods: [] },
  };
  return { principal, ref: refOf(principal) };
}
