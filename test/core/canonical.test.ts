import oracle from 'canonicalize';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../core/canonical.ts';
import { canonicalJson } from '../../core/canonical.ts';

describe('canonicalJson', () => {
  it('answers RFC 8785 §3.2.3’s example', () => {
    const value = {
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '1': 'One',
      '\u0080': 'Control',
      '\u00f6': 'o',
      '\ufb33': 'Dalet',
    };
    expect(Object.keys(JSON.parse(canonicalJson(value)) as object)[0]).toBe('1');
    expect(canonicalJson(value)).toBe(
      '{"\\r":"Carriage Return","1":"One","\u0080":"Control","\u00f6":"o","\u20ac":"Euro Sign","\ufb33":"Dalet"}',
    );
  });

  it('agrees with an independent implementation on any JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const json = JSON.parse(JSON.stringify(value)) as Json;
        expect(canonicalJson(json)).toBe(oracle(json));
      }),
    );
  });

  it('leaves out undefined members', () => {
    expect(canonicalJson({ b: undefined, a: 1 })).toBe('{"a":1}');
  });

  it.each([NaN, Infinity])('refuses %s', (value) => {
    expect(() => canonicalJson({ a: value })).toThrow('a JSON number is finite');
  });

  it('refuses a lone surrogate, as value and as name', () => {
    expect(() => canonicalJson('\ud800')).toThrow('lone surrogate');
    expect(() => canonicalJson({ '\udc00': 1 })).toThrow('lone surrogate');
  });
});
