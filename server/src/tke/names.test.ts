import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../lib/index.ts';
import { type ContainerKind, type ContainerName, createNames, isTenantId } from './names.ts';

const names = createNames();

function refusalOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof AppError) return error.kind;
    throw error;
  }
  return 'accepted';
}

/** Words that meet the markers at all their edges, beside ordinary ones. */
const word = fc.constantFrom('image', 'chart', 'library', 'x', 'y', 'a1', '0', 'test');
const name = fc
  .array(fc.tuple(fc.constantFrom('-', '.', '_'), word), { minLength: 1, maxLength: 6 })
  .map((parts) =>
    parts
      .map(([separator, text]) => separator + text)
      .join('')
      .slice(1),
  );
const tenant = fc.array(word, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('-'));
const kind = fc.constantFrom<ContainerKind>('image', 'chart');
const container = fc.record({ kind, tenant, name });

function accepted({ kind, ...name }: ContainerName & { kind: ContainerKind }): boolean {
  return refusalOf(() => names.toProject(kind, name)) === 'accepted';
}

describe('names of projects', () => {
  it('are the tenant, the kind and the name', () => {
    expect(names.toProject('image', { tenant: 'default', name: 'test' })).toBe(
      'default-image-test',
    );
    expect(names.toProject('chart', { tenant: 'default', name: 'abc' })).toBe('default-chart-abc');
  });

  it('come back as what they were', () => {
    fc.assert(
      fc.property(container, (given) => {
        fc.pre(accepted(given) && !(given.kind === 'image' && given.name === 'library'));
        expect(names.fromProject(names.toProject(given.kind, given))).toEqual(given);
      }),
      { numRuns: 2000 },
    );
  });

  it('scenario 28: two containers never share a project', () => {
    fc.assert(
      fc.property(container, container, (one, other) => {
        fc.pre(accepted(one) && accepted(other));
        fc.pre(one.name !== 'library' && JSON.stringify(one) !== JSON.stringify(other));
        expect(names.toProject(one.kind, one)).not.toBe(names.toProject(other.kind, other));
      }),
      { numRuns: 5000 },
    );
  });

  it('B33: have exactly one reading, of all places where they could be cut', () => {
    fc.assert(
      fc.property(container, (given) => {
        fc.pre(accepted(given) && given.name !== 'library');
        const project = names.toProject(given.kind, given);
        const readings = [...project.matchAll(/-(?=(image|chart)-)/g)]
          .map((match) => ({
            kind: match[1] === 'chart' ? ('chart' as const) : ('image' as const),
            tenant: project.slice(0, match.index),
            name: project.slice(match.index + '-image-'.length),
          }))
          .filter((read) => accepted(read) && names.toProject(read.kind, read) === project);
        expect(readings).toHaveLength(1);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['x-image-y', 'z'],
    ['x', 'y-image-z'],
    ['x', 'y-chart-z'],
    ['x-chart-y', 'z'],
    ['x-image', 'y'],
    ['x-chart', 'y'],
  ])('B33: of %s and %s are refused as ambiguous', (tenant, name) => {
    for (const kind of ['image', 'chart'] as const) {
      expect(refusalOf(() => names.toProject(kind, { tenant, name }))).toBe('unprocessable');
    }
  });

  it('may have the words in names where they cannot be misread', () => {
    const project = names.toProject('image', { tenant: 'default', name: 'image-test' });
    expect(project).toBe('default-image-image-test');
    expect(names.fromProject(project)).toEqual({
      kind: 'image',
      tenant: 'default',
      name: 'image-test',
    });
  });

  it('B17: may have hyphens in the tenant', () => {
    const given = { kind: 'image', tenant: 'my-big-tenant', name: 'a-b' } as const;
    expect(names.fromProject(names.toProject('image', given))).toEqual(given);
  });

  it.each(['', 'A', 'a--b', '-a', 'a-', 'a b', 'a/b', 'ä', 'a._b', 'a\n', '..', 'a%2fb'])(
    'refuse the name %j, which Harbor would not take',
    (name) => {
      expect(refusalOf(() => names.toProject('image', { tenant: 'default', name }))).toBe(
        'unprocessable',
      );
    },
  );

  it('reach to 255 characters, composed', () => {
    const longest = 'a'.repeat(255 - 'default-image-'.length);
    expect(names.toProject('image', { tenant: 'default', name: longest })).toHaveLength(255);
    expect(
      refusalOf(() => names.toProject('image', { tenant: 'default', name: `${longest}a` })),
    ).toBe('unprocessable');
  });

  it('leave library as it is, for every tenant, but not for charts', () => {
    expect(names.toProject('image', { tenant: 't1', name: 'library' })).toBe('library');
    expect(names.toProject('chart', { tenant: 't1', name: 'library' })).toBe('t1-chart-library');
    expect(names.fromProject('library')).toBeUndefined();
    expect(names.fromProject('t1-image-library')).toBeUndefined();
  });

  it.each(['nginx', 'default-test', 'a-image-', '-image-a', 'a-image-b-chart-c', 'a--image-b'])(
    'do not claim the project %s',
    (project) => {
      expect(names.fromProject(project)).toBeUndefined();
    },
  );
});

describe('names of tenants', () => {
  it.each(['default', 't1', 'a-b-c', '0', 'image', 'chart', 'a'.repeat(63)])('can be %s', (id) => {
    expect(isTenantId(id)).toBe(true);
  });

  it.each(['', 'A', 'a.b', 'a_b', 'a-', 'xn--a', 'a'.repeat(64), 'a-image', 'a-chart-b'])(
    'cannot be %j',
    (id) => {
      expect(isTenantId(id)).toBe(false);
    },
  );
});

describe('names of repositories', () => {
  it('are mapped in their first part only', () => {
    expect(names.toRepository('default', 'test/nginx')).toBe('default-image-test/nginx');
    expect(names.toRepository('default', 'test/a/b')).toBe('default-image-test/a/b');
    expect(names.toRepository('default', 'library/nginx')).toBe('library/nginx');
  });

  it('B32: come back whole when the prefix is in them again', () => {
    const repository = 'test/default-image-test/default-image-x';
    const mapped = names.toRepository('default', repository);
    expect(mapped).toBe('default-image-test/default-image-test/default-image-x');
    expect(names.fromRepository('default', mapped)).toBe(repository);
  });

  it('come back as what they were', () => {
    const path = fc
      .array(name, { minLength: 1, maxLength: 3 })
      .map((segments) => segments.join('/'));
    fc.assert(
      fc.property(tenant, name, path, (tenant, namespace, path) => {
        const repository = `${namespace}/${path}`;
        fc.pre(refusalOf(() => names.toRepository(tenant, repository)) === 'accepted');
        const mapped = names.toRepository(tenant, repository);
        expect(names.fromRepository(tenant, mapped)).toBe(repository);
      }),
      { numRuns: 2000 },
    );
  });

  it('are hidden from other tenants, and charts and foreign projects from all', () => {
    expect(names.fromRepository('t2', 't1-image-test/nginx')).toBeUndefined();
    expect(names.fromRepository('t1', 't1-chart-test/nginx')).toBeUndefined();
    expect(names.fromRepository('t1', 'foreign/nginx')).toBeUndefined();
    expect(names.fromRepository('t1', 't1-image-test')).toBeUndefined();
    expect(names.fromRepository('t1', 'library/nginx')).toBe('library/nginx');
  });

  it.each(['nginx', 'test', '/a', 'a/', 'Test/a', 'test/../x', '', 'default-image-test/nginx'])(
    'scenario 36: refuse %j',
    (repository) => {
      expect(refusalOf(() => names.toRepository('default', repository))).toBe('unprocessable');
    },
  );

  it('reach to 255 characters, mapped', () => {
    const repository = `test/${'a'.repeat(255 - 'default-image-test/'.length)}`;
    expect(names.toRepository('default', repository)).toHaveLength(255);
    expect(refusalOf(() => names.toRepository('default', `${repository}a`))).toBe('unprocessable');
  });
});
