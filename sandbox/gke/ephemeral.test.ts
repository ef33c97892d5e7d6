import { ephemeral } from './ephemeral.ts';

describe('an address for what names none', () => {
  it('is the last of the range that is free', () => {
    expect(ephemeral('198.51.100.0/24', new Set(), undefined)).toBe('198.51.100.254');
    expect(ephemeral('203.0.113.128/25', new Set(['203.0.113.254']), undefined)).toBe('203.0.113.253');
  });

  it('is the one that it has, while nobody reserved it', () => {
    expect(ephemeral('203.0.113.128/25', new Set(), '203.0.113.140')).toBe('203.0.113.140');
    expect(ephemeral('203.0.113.128/25', new Set(['203.0.113.140']), '203.0.113.140')).toBe('203.0.113.254');
    expect(ephemeral('203.0.113.128/25', new Set(), '203.0.113.11')).toBe('203.0.113.254');
  });
});
