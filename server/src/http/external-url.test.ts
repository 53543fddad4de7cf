import { describe, expect, it } from 'vitest';
import { externalUrlOf } from './external-url.ts';

describe('the URL of the registry', () => {
  it.each([
    ['https://registry.example.com', 'evil.example.com', 'https://registry.example.com'],
    ['https://registry.example.com/', undefined, 'https://registry.example.com'],
    [undefined, '192.0.2.1:5000', 'http://192.0.2.1:5000'],
    [undefined, '[::1]:5000', 'http://[::1]:5000'],
    [undefined, 'a"b', 'http://localhost'],
    [undefined, undefined, 'http://localhost'],
  ])('configured as %s and asked at %s is %s', (configured, host, url) => {
    expect(externalUrlOf(configured, host === undefined ? {} : { host })).toBe(url);
  });
});
