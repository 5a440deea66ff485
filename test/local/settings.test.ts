import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSettings } from '../../local/settings.ts';

describe('settings', () => {
  it('have defaults', () => {
    const expected = {
      ports: { api: 4600, aws: 4601, issuer: 4602 },
      home: join(process.cwd(), '.writ'),
      clockRate: 1,
    };
    expect(readSettings({})).toEqual(expected);
    expect(readSettings({ WRIT_PORT: '', WRIT_HOME: '', WRIT_CLOCK_RATE: '', WRIT_ASSEMBLY: '' })).toEqual(expected);
  });

  it('are read from the environment', () => {
    expect(readSettings({ WRIT_PORT: '5600', WRIT_HOME: '/tmp/w', WRIT_CLOCK_RATE: '2.5' })).toEqual({
      ports: { api: 5600, aws: 5601, issuer: 5602 },
      home: '/tmp/w',
      clockRate: 2.5,
    });
    expect(readSettings({ WRIT_ASSEMBLY: 'made' })).toHaveProperty('assembly', join(process.cwd(), 'made'));
  });

  it.each([
    ['WRIT_PORT', 'http', 'WRIT_PORT must be a port from 1 to 65533'],
    ['WRIT_PORT', '0', 'WRIT_PORT must be'],
    ['WRIT_PORT', '65534', 'WRIT_PORT must be'],
    ['WRIT_PORT', '80.5', 'WRIT_PORT must be'],
    ['WRIT_CLOCK_RATE', '0', 'WRIT_CLOCK_RATE must be a number from 1 to 1000'],
    ['WRIT_CLOCK_RATE', 'fast', 'WRIT_CLOCK_RATE must be'],
    ['WRIT_CLOCK_RATE', '1001', 'WRIT_CLOCK_RATE must be'],
  ])('refuse %s=%s', (name, value, message) => {
    expect(() => readSettings({ [name]: value })).toThrow(message);
  });
});
