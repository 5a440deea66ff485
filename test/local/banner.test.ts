import { describe, expect, it } from 'vitest';
import { banner, coloursFor, stepLine } from '../../local/banner.ts';

const ESCAPE = '\u001b[';
const FACTS = { api: 'http://127.0.0.1:1', aws: 'http://127.0.0.1:2', issuer: 'http://127.0.0.1:3', home: '/tmp/w' };
const terminal = { isTTY: true };

describe('the banner', () => {
  it('is the same with and without colours', () => {
    const plain = banner(FACTS, coloursFor({}, {}));
    const coloured = banner(FACTS, coloursFor(terminal, {}));
    expect(plain).not.toContain(ESCAPE);
    expect(coloured).toContain(ESCAPE);
    expect(coloured.replace(/\u001b\[\d+m/g, '')).toBe(plain);
  });

  it('has no colours where they are not wanted', () => {
    expect(banner(FACTS, coloursFor(terminal, { NO_COLOR: '1' }))).not.toContain(ESCAPE);
    expect(banner(FACTS, coloursFor(terminal, { NO_COLOR: '' }))).toContain(ESCAPE);
  });

  it('says where everything is, who can sign in, and what comes next', () => {
    const text = banner(FACTS, coloursFor({}, {}));
    for (const fact of Object.values(FACTS)) expect(text).toContain(fact);
    expect(text).toContain('http://127.0.0.1:1/.well-known/oauth-authorization-server\n');
    for (const name of ['alice', 'bob', 'bob-admin', 'carol', 'grace', 'heidi', 'audrey', 'dave', 'erin', 'ci'])
      expect(text).toContain(name);
    expect(text).toContain('npx writ login --user alice');
  });

  it('names the port to the commands that come next, where it is not the usual one', () => {
    const at = (port: number): string => banner({ ...FACTS, api: `http://127.0.0.1:${port}` }, coloursFor({}, {}));
    expect(at(4700)).toContain('\n  export WRIT_PORT=4700\n  npx writ login');
    expect(at(4600)).not.toContain('WRIT_PORT');
  });

  it('shows how long a step took', () => {
    expect(stepLine('did it', 1_240, coloursFor({}, {}))).toBe('✓ did it 1.2 s');
  });
});
