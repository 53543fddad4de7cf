import { describe, expect, it } from 'vitest';
import {
  canonical,
  chartGroupKind,
  imageVisibilities,
  namespaceType,
  phaseOf,
} from './canonical.ts';

describe('values of both generations', () => {
  it.each([
    ['public', 'Public'],
    ['PRIVATE', 'Private'],
    ['Private', 'Private'],
    ['secret', 'secret'],
  ])('of visibility: %s means %s', (sent, meant) => {
    expect(canonical(sent, imageVisibilities)).toBe(meant);
  });

  it.each([
    ['person', 'Personal'],
    ['personal', 'Personal'],
    ['User', 'Personal'],
    ['project', 'Project'],
    ['SYSTEM', 'System'],
    ['other', 'other'],
  ])('of a namespace’s type: %s means %s', (sent, meant) => {
    expect(namespaceType(sent)).toBe(meant);
  });

  it.each([
    ['personal', 'Private', 'SelfBuilt', 'User', true],
    ['personal', '', 'SelfBuilt', 'User', true],
    ['Personal', 'Public', 'SelfBuilt', 'Public', true],
    ['project', 'private', 'SelfBuilt', 'Project', false],
    ['project', '', 'SelfBuilt', 'Project', false],
    ['project', 'Public', 'SelfBuilt', 'Public', false],
    ['system', 'Public', 'System', 'Public', false],
    ['', '', 'SelfBuilt', 'Public', false],
    ['selfbuilt', 'user', 'SelfBuilt', 'User', false],
    ['imported', '', 'Imported', 'Public', false],
    ['SelfBuilt', 'Private', 'SelfBuilt', 'Private', false],
  ])('of a chart group: %s and %s mean %s and %s', (type, visibility, kind, shown, isPersonal) => {
    expect(chartGroupKind(type, visibility)).toEqual({ type: kind, visibility: shown, isPersonal });
  });

  it('of phases: what is none is Pending', () => {
    expect([phaseOf('Failed'), phaseOf(''), phaseOf('failed')]).toEqual([
      'Failed',
      'Pending',
      'Pending',
    ]);
  });
});
