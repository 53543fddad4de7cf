import { describe, expect, it } from 'vitest';
import { AppError } from '../lib/index.ts';
import { parseArtifactSource } from './artifact-source.ts';

const digest = `sha256:${'a'.repeat(64)}`;

describe('what to copy', () => {
  it.each([
    ['library/app:1.0', 'library/app', '1.0'],
    ['team/deep/app:x', 'team/deep/app', 'x'],
    [`library/app@${digest}`, 'library/app', digest],
    [`library/app:1.0@${digest}`, 'library/app', digest],
  ])('is read from %s', (text, repository, reference) => {
    const slash = repository.indexOf('/');
    expect(parseArtifactSource(text)).toEqual({
      repository,
      project: repository.slice(0, slash),
      path: repository.slice(slash + 1),
      reference,
    });
  });

  it.each([
    '',
    'library/app',
    'app:1.0',
    'library/app:',
    'library/app:-x',
    'library/App:1.0',
    'library/app@sha256:abc',
    `library/app@${digest}@${digest}`,
    `library/app:a:b`,
    '../app:1.0',
    'library/app:1.0\0',
  ])('is not %j', (text) => {
    expect(() => parseArtifactSource(text)).toThrow(AppError);
  });
});
