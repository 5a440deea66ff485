import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coloursOn, Output } from '../../cli/src/output.ts';
import { facts, fitted, jsonText, printable, table } from '../../cli/src/text.ts';
import { fakeHost } from './fake-host.ts';

describe('text for a terminal', () => {
  it('never lets a control or bidi character through', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(printable(text)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/);
      }),
    );
    expect(table(['A'], [['\u001b]0;title\u0007']])).toBe('A\n\u{FFFD}]0;title\u{FFFD}\n');
    expect(facts([['a', 'x\u202ey']])).toBe('a  x\u{FFFD}y\n');
  });

  it('aligns columns by what is seen, not by colour codes', () => {
    const rows = [
      [{ text: 'x', paint: (text: string) => `<${text}>` }, 'long'],
      ['wide', 'y'],
    ];
    expect(table(['A', 'B'], rows)).toBe('A     B\n<x>     long\nwide  y\n');
  });

  it('leaves out facts without a value', () => {
    expect(
      facts([
        ['one', '1'],
        ['two', undefined],
        ['three', '3'],
      ]),
    ).toBe('one    1\nthree  3\n');
  });
});

describe('JSON for a terminal', () => {
  it('means the same, and holds nothing that a terminal acts on', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(JSON.parse(jsonText({ text }))).toEqual({ text });
        expect(
          jsonText([text])
            .split('\n')
            .every((line) => printable(line) === line),
        ).toBe(true);
      }),
    );
    expect(jsonText('\u{E0041}\u009b')).toBe('"\\udb40\\udc41\\u009b"');
  });
});

describe('one line of a terminal', () => {
  it.each([
    ['short', 10, 'short'],
    ['exactly te', 10, 'exactly t…'],
    ['日本語日本語', 8, '日本語…'],
    ['a\u001b[2Jb', 80, 'a\u{FFFD}[2Jb'],
  ])('%s in %i columns', (text, columns, expected) => {
    expect(fitted(text, columns)).toBe(expected);
  });
});

describe('notes', () => {
  it('are made safe as results are', () => {
    const { host, written } = fakeHost();
    new Output(host, false).note('a\u001b[2Jb');
    expect(written.stderr).toBe('a\u{FFFD}[2Jb\n');
  });
});

describe('colours', () => {
  it.each([
    [true, {}, true],
    [true, { NO_COLOR: '' }, true],
    [true, { NO_COLOR: '1' }, false],
    [true, { TERM: 'dumb' }, false],
    [false, {}, false],
  ])('terminal %s, environment %j: %s', (isTTY, env, on) => {
    expect(coloursOn({ env }, { isTTY, write: () => undefined })).toBe(on);
  });
});
