import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { Confirmation } from '../../core/oauth/accessToken.ts';
import type { RefreshFamily } from '../../core/oauth/refresh.ts';
import type { Principal } from '../../core/principal.ts';
import { DOMAINS } from '../../core/principal.ts';
import { IS_NEW } from './commit.ts';
import type { Decoder } from './decode.ts';
import { boolean, list, Misshapen, number, object, oneOf, string } from './decode.ts';
import { details, person, principalId } from './grantDocuments.ts';
import type { Item } from './item.ts';
import { json, reading, text, ttlAfter, whole } from './item.ts';
import { ITEM_TYPE, KEEP_SECONDS } from './tables.ts';

/** The family of refresh tokens: one document, and beside it what the conditions of its writes look at. */

export const familyKey = (id: string): Item => ({ pk: text(`FAMILY#${id}`), sk: text('FAMILY') });

export const toFamilyItem = (family: RefreshFamily): Item => ({
  ...familyKey(family.id),
  type: text(ITEM_TYPE.family),
  generation: whole(family.generation),
  ...(family.revokedAt !== undefined && { revokedAt: whole(family.revokedAt) }),
  family: json(family),
  ttl: ttlAfter(family.expiresAt, KEEP_SECONDS.token),
});

/** The family as it is from now on, if it is as it was read, and not revoked; a new one, if there is none. */
export const familyMoves = (table: string, from: RefreshFamily | undefined, to: RefreshFamily): TransactWriteItem => ({
  Put: {
    TableName: table,
    Item: toFamilyItem(to),
    ...(from
      ? {
          ConditionExpression: '#generation = :generation AND attribute_not_exists(#revokedAt)',
          ExpressionAttributeNames: { '#generation': 'generation', '#revokedAt': 'revokedAt' },
          ExpressionAttributeValues: { ':generation': whole(from.generation) },
        }
      : { ConditionExpression: IS_NEW }),
  },
});

const principal: Decoder<Principal> = object(
  {
    id: principalId,
    domain: oneOf(...DOMAINS),
    issuer: string,
    subject: string,
    person: string,
    groups: list(string),
    project: string,
    authentication: object({ mfa: boolean, methods: list(string) }, { sealedKey: string, at: number }),
  },
  { email: string, actors: list(person) },
);

const confirmation: Decoder<Confirmation> = (value, at) =>
  typeof value === 'object' && value !== null && 'jkt' in value
    ? object({ jkt: string })(value, at)
    : object({ 'x5t#S256': string })(value, at);

const document: Decoder<RefreshFamily> = object(
  {
    id: string,
    generation: number,
    grantId: string,
    clientId: string,
    confirmation,
    principal,
    subject: principalId,
    actors: list(principalId),
    audience: string,
    scopes: list(string),
    details,
    currentSha256: string,
    startedAt: number,
    expiresAt: number,
  },
  {
    source: string,
    region: string,
    previous: object({ sha256: string, sealedSuccessor: string, graceUntil: number }),
    revokedAt: number,
  },
);

/** @throws MalformedItem */
export function fromFamilyItem(item: Item): RefreshFamily {
  return reading('refresh family', item, (read) => {
    read.oneOf('type', oneOf(ITEM_TYPE.family));
    const family = read.json('family', document);
    // Conditions of writes look at the attributes, people at the document: they must say the same.
    if (read.number('generation') !== family.generation) throw new Misshapen('`generation`', 'that of `family`');
    if (read.optionalNumber('revokedAt') !== family.revokedAt) throw new Misshapen('`revokedAt`', 'that of `family`');
    return family;
  });
}
