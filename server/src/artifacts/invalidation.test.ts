import { describe, expect, it } from 'vitest';
import {
  applyInvalidation,
  createInvalidation,
  type InvalidationMessage,
  type InvalidationTargets,
} from './invalidation.ts';

function recordTargets(): { targets: InvalidationTargets; calls: string[] } {
  const calls: string[] = [];
  const record =
    (name: string) =>
    (...parts: (string | number)[]) =>
      void calls.push([name, ...parts].join(' '));
  return {
    calls,
    targets: {
      dropManifest: record('manifest'),
      dropBlob: record('blob'),
      forgetRepository: record('repository'),
      forgetProject: record('project'),
      forgetUser: record('user'),
      forgetRobot: record('robot'),
      forgetConfiguration: record('configuration'),
      forgetAll: record('all'),
    },
  };
}

const cases: readonly [InvalidationMessage, string[]][] = [
  [
    { kind: 'manifests', repository: 'a/b', names: ['v1', 'v2'] },
    ['manifest a/b v1', 'manifest a/b v2'],
  ],
  [{ kind: 'manifests', repository: 'a/b', names: [] }, []],
  [{ kind: 'blob', repository: 'a/b', digest: 'sha256:x' }, ['blob a/b sha256:x']],
  [{ kind: 'repository', name: 'a/b' }, ['repository a/b']],
  [{ kind: 'project', name: 'a' }, ['project a']],
  [{ kind: 'user', id: 7 }, ['user 7']],
  [{ kind: 'robot', id: 8 }, ['robot 8']],
  [{ kind: 'configuration' }, ['configuration']],
];

describe('a message', () => {
  it.each(cases)('%j is applied to its targets alone', (message, calls) => {
    const recorded = recordTargets();
    applyInvalidation(message, recorded.targets);
    expect(recorded.calls).toEqual(calls);
  });
});

describe('an invalidation', () => {
  const tellAll = async (publish?: (message: InvalidationMessage) => Promise<void>) => {
    const { targets, calls } = recordTargets();
    const invalidation = createInvalidation(targets, publish);
    await invalidation.manifests('a/b', ['v1', 'v2']);
    await invalidation.manifests('a/b', []);
    await invalidation.blob('a/b', 'sha256:x');
    await invalidation.repository('a/b');
    await invalidation.project('a');
    await invalidation.user(7);
    await invalidation.robot(8);
    await invalidation.configuration();
    return calls;
  };

  it('is applied here, with or without replicas', async () => {
    const expected = cases.flatMap(([, calls]) => calls);
    expect(await tellAll()).toEqual(expected);
    expect(await tellAll(() => Promise.resolve())).toEqual(expected);
  });

  it('is sent to the replicas', async () => {
    const sent: InvalidationMessage[] = [];
    await tellAll((message) => {
      sent.push(message);
      return Promise.resolve();
    });
    expect(sent).toEqual(cases.map(([message]) => message));
  });

  it('is applied here also when it cannot be sent, which is told', async () => {
    const { targets, calls } = recordTargets();
    const invalidation = createInvalidation(targets, () => Promise.reject(new Error('database')));
    await expect(invalidation.repository('a/b')).rejects.toThrow('database');
    expect(calls).toEqual(['repository a/b']);
  });

  it('is not over before it is sent', async () => {
    const { targets } = recordTargets();
    const sent = Promise.withResolvers<void>();
    let isOver = false;
    const telling = createInvalidation(targets, () => sent.promise)
      .blob('a/b', 'x')
      .then(() => {
        isOver = true;
      });
    await Promise.resolve();
    expect(isOver).toBe(false);
    sent.resolve();
    await telling;
    expect(isOver).toBe(true);
  });
});
