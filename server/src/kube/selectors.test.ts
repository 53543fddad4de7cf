import { describe, expect, it } from 'vitest';
import { meetsFields, parseFieldSelector, parseLabelSelector } from './selectors.ts';

describe('a label selector', () => {
  const labels = { app: 'web', tier: '3', 'berth.dev/x': '' };

  it.each([
    ['', true],
    ['app=web', true],
    ['app == web', true],
    ['app!=web', false],
    ['none!=web', true],
    ['app in (db, web)', true],
    ['app notin (db,web)', false],
    ['none notin (x)', true],
    ['app', true],
    ['!app', false],
    ['!none', true],
    ['tier>2,tier<4', true],
    ['tier>3', false],
    ['app>3', false],
    ['berth.dev/x=', true],
    ['app in (web),tier=3', true],
    ['app in (web),tier=4', false],
    ['toString', false],
  ])('%s', (selector, expected) => {
    expect(parseLabelSelector(selector)(labels)).toBe(expected);
  });

  it.each(['a in', 'a in (b', '=b', 'a=b=c', 'a in (b,(c))', 'a b', 'a>x', ',', 'a=b)', '-a'])(
    '%s is refused',
    (selector) => {
      expect(() => parseLabelSelector(selector)).toThrow(expect.objectContaining({ code: 400 }));
    },
  );
});

describe('a field selector', () => {
  const known = ['spec.name', 'spec.type'];

  it('is terms of =, == and != joined by commas, with escapes', () => {
    const text = String.raw`spec.name==a\,b\\,spec.type!=x`;
    expect(parseFieldSelector(text, known)).toEqual([
      { field: 'spec.name', operator: '=', value: String.raw`a,b\ `.trim() },
      { field: 'spec.type', operator: '!=', value: 'x' },
    ]);
    expect(parseFieldSelector('', known)).toEqual([]);
  });

  it('of an unknown field, or that cannot be read, is refused', () => {
    expect(() => parseFieldSelector('spec.x=1', known)).toThrow(
      'field label not supported: spec.x',
    );
    expect(() => parseFieldSelector('spec.name', known)).toThrow("can't understand");
  });

  it('compares with what is there; what is not there is empty', () => {
    const terms = parseFieldSelector('spec.name=a,spec.type!=x', known);
    expect(meetsFields(terms, { 'spec.name': 'a' })).toBe(true);
    expect(meetsFields(terms, { 'spec.name': 'b' })).toBe(false);
    expect(meetsFields(terms, { 'spec.name': 'a', 'spec.type': 'x' })).toBe(false);
  });
});
