import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WritError } from '../../../../core/errors.ts';
import type { AccessTokenClaims } from '../../../../core/oauth/accessToken.ts';
import { OAuthError } from '../../../../core/oauth/oauthError.ts';
import { leafOf } from '../../../adapters/samples.ts';
import type { Scene } from './snapshotScene.ts';
import { createScene } from './snapshotScene.ts';

/** What the snapshot and introspection say, which must be the same. */
async function expectEnded(scene: Scene, claims: AccessTokenClaims, ended: boolean): Promise<void> {
  expect({ listed: await scene.isListed(claims), active: await scene.isActive(claims) }).toEqual({
    listed: ended,
    active: !ended,
  });
}

describe('after a narrowing', () => {
  it('the tokens from before are listed, those of later are not', async () => {
    const scene = await createScene();
    const before = await scene.issue(scene.root.id);
    await expectEnded(scene, before, false);
    await scene.narrow(scene.root.id);
    const after = await scene.issue(scene.root.id);
    await expectEnded(scene, before, true);
    await expectEnded(scene, after, false);
    await scene.narrow(scene.root.id);
    await expectEnded(scene, after, true);
    await expectEnded(scene, before, true);
  });

  it('so they are when the grant is only shortened', async () => {
    const scene = await createScene();
    const before = await scene.issue(scene.root.id);
    await scene.narrow(scene.root.id, { expiresAt: scene.clock() + 60_000 });
    await expectEnded(scene, before, true);
  });

  it('a token from before is not spent, nor exchanged; one of later is', async () => {
    const scene = await createScene();
    const before = await scene.issue(scene.root.id);
    expect(await scene.spend(before, 'one')).toBe('spent');
    await scene.carryFurther(before);
    await scene.narrow(scene.root.id, { expiresAt: scene.clock() + 600_000 });
    await expect(scene.spend(before, 'two')).rejects.toMatchObject({ code: 'token_not_active' });
    await expect(scene.carryFurther(before)).rejects.toThrow('the subject token is no longer good');
    const after = await scene.issue(scene.root.id);
    expect(await scene.spend(after, 'three')).toBe('spent');
    await scene.carryFurther(after);
  });

  it('a token that is issued in the same second is told apart, on both sides of it', async () => {
    const scene = await createScene();
    scene.pass(900);
    const before = await scene.issue(scene.root.id);
    await scene.narrow(scene.root.id);
    const after = await scene.issue(scene.root.id);
    expect(after.iat).toBe(before.iat);
    await expectEnded(scene, before, true);
    await expectEnded(scene, after, false);
  });

  it('a token is told apart too where the one who narrowed had read an earlier time', async () => {
    const scene = await createScene();
    const before = await scene.issue(scene.root.id);
    const { store, root } = scene;
    const narrowedAt = scene.clock() - 3000;
    const grant = { ...root, version: root.version + 1, narrowings: 1, narrowedAt };
    await store.transition({ grant, leaf: leafOf(grant, 'grant.narrowed') });
    await expectEnded(scene, before, true);
  });

  it('what was lent on before is listed, also where nobody wrote down yet that it fell; what is lent on later is not', async () => {
    const scene = await createScene();
    const child = await scene.lendOn(scene.root.id);
    const grandchild = await scene.lendOn(child.id);
    const before = [await scene.issue(child.id), await scene.issue(grandchild.id)];
    for (const claims of before) await expectEnded(scene, claims, false);
    const { store, root } = scene;
    const grant = { ...root, version: root.version + 1, narrowings: 1, narrowedAt: scene.clock() };
    await store.transition({ grant, leaf: leafOf(grant, 'grant.narrowed') });
    expect(await scene.isLive(child.id)).toBe(true);
    const after = await scene.issue((await scene.lendOn(root.id)).id);
    for (const claims of before) await expectEnded(scene, claims, true);
    await expectEnded(scene, after, false);
  });
});

describe('after an end', () => {
  it('all tokens of the grant, and of what hangs on it, are listed', async () => {
    const scene = await createScene();
    const child = await scene.lendOn(scene.root.id);
    const tokens = [await scene.issue(scene.root.id), await scene.issue(child.id)];
    await scene.narrow(scene.root.id);
    tokens.push(await scene.issue(scene.root.id));
    await scene.end(scene.root.id);
    for (const claims of tokens) await expectEnded(scene, claims, true);
  });

  it('of a child, those of its parent stay', async () => {
    const scene = await createScene();
    const child = await scene.lendOn(scene.root.id);
    const [own, lent] = [await scene.issue(scene.root.id), await scene.issue(child.id)];
    await scene.end(child.id);
    await expectEnded(scene, lent, true);
    await expectEnded(scene, own, false);
  });

  it('of one token, the others stay', async () => {
    const scene = await createScene();
    const [one, other] = [await scene.issue(scene.root.id), await scene.issue(scene.root.id)];
    await scene.revoke(one);
    await expectEnded(scene, one, true);
    await expectEnded(scene, other, false);
  });
});

type Move =
  | { readonly type: 'issue' | 'narrow' | 'end' | 'lendOn'; readonly grant: number }
  | { readonly type: 'revoke'; readonly token: number }
  | { readonly type: 'pass'; readonly ms: number };

const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ type: fc.constant('issue' as const), grant: fc.nat(9) }) },
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constantFrom('narrow' as const, 'lendOn' as const), grant: fc.nat(9) }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('end' as const), grant: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('revoke' as const), token: fc.nat(20) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('pass' as const), ms: fc.nat(40_000) }) },
);

it('snapshot and introspection say the same of every token that has not expired, whatever happened', async () => {
  const seen = { ended: 0, live: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(move, { minLength: 4, maxLength: 24 }), async (moves) => {
      const scene = await createScene();
      const grants = [scene.root.id];
      const tokens: AccessTokenClaims[] = [];
      for (const one of moves) {
        await refusable(() => make(scene, one, grants, tokens));
        for (const claims of tokens.filter(({ exp }) => exp * 1000 > scene.clock())) {
          const active = await scene.isActive(claims);
          expect(await scene.isListed(claims)).toBe(!active);
          seen[active ? 'live' : 'ended'] += 1;
        }
      }
    }),
    { numRuns: 100 },
  );
  expect(seen.ended).toBeGreaterThan(50);
  expect(seen.live).toBeGreaterThan(50);
}, 60_000);

async function make(scene: Scene, one: Move, grants: string[], tokens: AccessTokenClaims[]): Promise<void> {
  if (one.type === 'pass') {
    scene.pass(one.ms);
    return;
  }
  if (one.type === 'revoke') {
    const token = tokens[one.token % Math.max(1, tokens.length)];
    if (token) await scene.revoke(token);
    return;
  }
  const id = grants[one.grant % grants.length] ?? scene.root.id;
  if (one.type === 'issue') tokens.push(await scene.issue(id));
  else if (one.type === 'lendOn') grants.push((await scene.lendOn(id)).id);
  else await scene[one.type](id);
}

/** What is over, or too small, refuses: that is no failure here. */
async function refusable(act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof WritError || error instanceof OAuthError)) throw error;
  }
}
