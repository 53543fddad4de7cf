import { describe, expect, it } from 'vitest';
import { formatPlatform, parsePlatform } from './platform.ts';

describe('parsePlatform', () => {
  it('reads every field and drops unknown ones', () => {
    const platform = {
      os: 'windows',
      architecture: 'arm',
      variant: 'v7',
      'os.version': '10.0.14393',
      'os.features': ['win32k'],
    };
    expect(parsePlatform({ ...platform, features: ['x'] }, 'p')).toEqual(platform);
  });

  it('takes null for an absent field and empty text for an unknown one', () => {
    expect(parsePlatform({ os: '', architecture: '', variant: null }, 'p')).toEqual({
      os: '',
      architecture: '',
    });
  });

  it.each([
    ['text', 'linux/amd64', 'p must be an object'],
    ['no os', { architecture: 'amd64' }, 'p.os must be a string'],
    ['no architecture', { os: 'linux' }, 'p.architecture must be a string'],
    ['a number', { os: 1, architecture: 'a' }, 'p.os must be a string'],
    [
      'features that are text',
      { os: 'a', architecture: 'a', 'os.features': 'x' },
      'p["os.features"]',
    ],
    ['a feature that is none', { os: 'a', architecture: 'a', 'os.features': [1] }, '[0]'],
    ['a field in another case', { os: 'a', architecture: 'a', OS: 'b' }, 'p.OS must be spelled'],
    ['NUL', { os: 'a\0', architecture: 'a' }, 'p.os must not contain NUL'],
  ])('refuses %s', (_, value, sentence) => {
    expect(() => parsePlatform(value, 'p')).toThrow(sentence);
  });
});

describe('formatPlatform', () => {
  it('adds the variant if there is one', () => {
    expect(formatPlatform({ os: 'linux', architecture: 'amd64' })).toBe('linux/amd64');
    expect(formatPlatform({ os: 'linux', architecture: 'arm', variant: 'v7' })).toBe(
      'linux/arm/v7',
    );
  });
});
