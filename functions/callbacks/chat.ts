import type { APIGatewayProxyEvent } from 'aws-lambda';
import type { OnceStore } from '../../core/approvalPorts.ts';
import type { DirectoryPerson } from '../../core/chain.ts';
import { WritError } from '../../core/errors.ts';
import type { Grant } from '../../core/grant.ts';
import { isDecidedByClick } from '../../core/messages/chat.ts';
import type { Principal } from '../../core/principal.ts';
import { principalDomain, refOf } from '../../core/principal.ts';
import type { DecideDeps } from '../../core/usecases/decideGrant.ts';
import { decideGrant } from '../../core/usecases/decideGrant.ts';
import type { Answer, Caller } from '../../core/usecases/deps.ts';
import { notFound } from '../../core/usecases/loadGrant.ts';
import { entitlementOf } from '../../core/usecases/panel.ts';
import { ok } from '../shared/answers.ts';
import type { Click } from './click.ts';
import { parseClick } from './click.ts';
import type { Known } from './refusal.ts';
import { Refusal } from './refusal.ts';
import { checkChatSignature, rawBody } from './signed.ts';

/** A click's mark stays until no signature over it can be timely any more, and well beyond. */
const MARK_MS = 24 * 3600 * 1000;
/** What is kept where others have a comment of their own. */
const COMMENT = 'by a button in chat';

export interface ChatDeps extends DecideDeps {
  readonly once: Pick<OnceStore, 'spend' | 'appendOnce'>;
  readonly publicUrl: string;
  /** The secrets by which the workspace may sign at present. */
  readonly chatSecrets: () => Promise<readonly string[]>;
}

/**
 * A click in chat: decides what the message showed, as the person of the directory who has that chat account, with no
 * second factor. Everything that holds for a decision by the API holds for this one; high and critical risk is not
 * decided so at all.
 *
 * @param known is told what is found out on the way, for the record of a refusal
 * @throws Refusal, and WritError as `decideGrant` does
 */
export async function onChat(deps: ChatDeps, event: APIGatewayProxyEvent, known: Known): Promise<Answer> {
  const body = rawBody(event, 'application/x-www-form-urlencoded');
  const now = deps.clock();
  checkChatSignature(event, body, await deps.chatSecrets(), now);
  const click = parseClick(body);
  if (click.button === 'open') return ok({ result: 'ignored' });
  known.grantId = click.grant;
  // Buttons of one message share a nonce: whoever clicks twice, or on both, has clicked once.
  if (!(await deps.once.spend(`chat#${click.nonce}#${click.member}`, now + MARK_MS))) throw new Refusal('replayed');

  const person = deps.engine.bundle.directory.people.find(({ chat }) => chat === click.member);
  if (!person) throw new Refusal('unknown_person');
  const grant = await deps.store.get(click.grant);
  if (!grant) throw notFound();
  const project = entitlementOf(deps.engine.bundle, grant.request.entitlement)?.project;
  const caller = callerOf(person, project ?? '', event, now);
  known.by = refOf(caller.principal);
  if (project !== undefined && !person.projects.includes(project)) throw new Refusal('other_project');
  checkRisk(deps, grant);
  return decide(deps, caller, click);
}

function decide(deps: ChatDeps, caller: Caller, click: Exclude<Click, { button: 'open' }>): Promise<Answer> {
  const { button, grant, requestSha256 } = click;
  const vote = { verdict: button, comment: COMMENT, requestSha256, via: 'chat' } as const;
  const result = button === 'approve' ? 'approved' : 'denied';
  return decideGrant(deps, caller, grant, vote, undefined, ({ id }) => ok({ result, grant: id }));
}

/** @throws WritError `step_up_required`, with where to go instead */
function checkRisk({ engine, publicUrl }: ChatDeps, { id, request }: Grant): void {
  const entitlement = entitlementOf(engine.bundle, request.entitlement);
  if (isDecidedByClick(entitlement ? { entitlement } : {})) return;
  throw new WritError('step_up_required', 'high and critical risk is not decided from chat', {
    remediation: `Sign in with a second factor and decide: ${publicUrl}/requests/${id}`,
  });
}

/** A member of the directory, as far as chat can prove it: no token names their project, so the directory has to. */
function callerOf(
  { id, person, groups, email }: DirectoryPerson,
  project: string,
  event: APIGatewayProxyEvent,
  now: number,
): Caller {
  const [, issuer = '', ...subject] = id.split(':');
  const principal: Principal = {
    id,
    domain: principalDomain(id),
    issuer,
    subject: subject.join(':'),
    person,
    groups,
    project,
    ...(email !== undefined && { email }),
    authentication: { mfa: false, methods: ['chat'], at: now },
  };
  return { principal, sourceIp: event.requestContext.identity.sourceIp };
}
