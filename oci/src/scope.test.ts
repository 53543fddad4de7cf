import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatScope, parseScope, parseScopes } from './scope.ts';

describe('parseScope', () => {
  it.each([
    ['repository:library/app:pull', 'library/app', ['pull']],
    ['repository:library/app:pull,push', 'library/app', ['pull', 'push']],
    ['repository:app:pull,push,delete', 'app', ['pull', 'push', 'delete']],
    ['repository:app:*', 'app', ['*']],
    ['repository:app:', 'app', []],
    ['repository:app:pull,,pull,', 'app', ['pull']],
    ['repository:example.test:8080/a/b:push', 'example.test:8080/a/b', ['push']],
    ['repository:Example.test/a:push', 'Example.test/a', ['push']],
  ])('reads %s', (text, name, actions) => {
    expect(parseScope(text)).toEqual({ type: 'repository', name, actions });
  });

  it('reads the class of a resource', () => {
    expect(parseScope('repository(plugin):a/b:pull')).toEqual({
      type: 'repository',
      class: 'plugin',
      name: 'a/b',
      actions: ['pull'],
    });
  });

  it('reads the catalog scope', () => {
    expect(parseScope('registry:catalog:*')).toEqual({
      type: 'registry',
      name: 'catalog',
      actions: ['*'],
    });
  });

  it.each([
    '',
    ':',
    '::',
    'repository',
    'repository:app',
    ':app:pull',
    'repository::pull',
    'Repository:app:pull',
    'repository():app:pull',
    'repository(a:app:pull',
    'repository(a)b:app:pull',
    'repository(a)(b):app:pull',
    'repository:App:pull',
    'repository:*:pull',
    'repository:a/../b:pull',
    'repository:a//b:pull',
    'repository:/a:pull',
    'repository:a:b/c:pull',
    'repository:a:123456/c:pull',
    'repository:a\0:pull',
    'repository:app:pull push',
    'repository:app:Pull',
    'repository:app:pull,**',
    'repository:app:pull\n',
    ' repository:app:pull',
    `repository:${'a'.repeat(256)}:pull`,
    `repository:app:${'pull,'.repeat(300)}`,
  ])('gives undefined for %j', (text) => {
    expect(parseScope(text)).toBeUndefined();
  });
});

describe('parseScopes', () => {
  it('reads several parameters and several scopes in one', () => {
    const scopes = parseScopes([
      'repository:a:pull repository:b:push',
      '',
      ' nonsense  registry:catalog:* ',
    ]);
    expect(scopes.map(formatScope)).toEqual([
      'repository:a:pull',
      'repository:b:push',
      'registry:catalog:*',
    ]);
  });

  it('stops after 100 scopes, spread over parameters or not', () => {
    const one = Array.from({ length: 150 }, (_, index) => `repository:a${index}:pull`);
    expect(parseScopes([one.join(' ')])).toHaveLength(100);
    expect(parseScopes(one)).toHaveLength(100);
    expect(parseScopes(one).at(-1)?.name).toBe('a99');
  });
});

describe('formatScope', () => {
  const word = fc.stringMatching(/^[a-z]{1,6}$/);
  const scope = fc.record(
    {
      type: word,
      class: word,
      name: fc.stringMatching(/^[a-z]{1,5}(\/[a-z]{1,5}){0,3}$/),
      actions: fc.uniqueArray(fc.oneof(word, fc.constant('*')), { maxLength: 4 }),
    },
    { requiredKeys: ['type', 'name', 'actions'] },
  );

  it('is the inverse of parseScope', () => {
    fc.assert(
      fc.property(scope, (value) => {
        expect(parseScope(formatScope(value))).toEqual({ ...value });
      }),
    );
  });
});
