import { describe, expect, it } from 'vitest';
import { parseTopic } from './topic.ts';

describe('a topic', () => {
  it.each([
    ['projects', { kind: 'projects' }],
    ['purge-audit', { kind: 'purge-audit' }],
    ['project:3', { kind: 'project', id: 3 }],
    ['execution:12', { kind: 'execution', id: 12 }],
    ['repository:library/a/b', { kind: 'repository', repository: 'library/a/b' }],
  ])('%s is one', (text, topic) => {
    expect(parseTopic(text)).toEqual(topic);
  });

  it.each([
    '',
    'project',
    'project:',
    'project:0',
    'project:03',
    'project:-1',
    'project:1 ',
    'project:9999999999999999',
    'projects:1',
    'jobs:',
    'repository:library',
    'repository:library/',
    'repository:Library/app',
    'repository:a/b\nc',
    'constructor',
  ])('%j is none', (text) => {
    expect(parseTopic(text)).toBeUndefined();
  });
});
