import { describe, expect, it } from 'vitest';
import { artifactConditions, tagConditions } from './repository-query.ts';

const nothing = { text: '', type: '', state: '', label: '' };

describe('the conditions of a list of artifacts', () => {
  it('are none where nothing was chosen', () => {
    expect(artifactConditions(nothing)).toBeUndefined();
    expect(tagConditions(nothing)).toBeUndefined();
  });

  it('look for a part of a tag, whatever was chosen of tagged and untagged', () => {
    expect(artifactConditions({ ...nothing, text: 'rc', state: 'untagged' })).toBe('tags=~rc');
  });

  it('look for a digest where one was begun, and only there', () => {
    const wish = { ...nothing, text: 'sha256:0a1b', state: 'untagged' };
    expect(artifactConditions(wish)).toBe('digest=~sha256%3A0a1b,tags=nil');
    expect(tagConditions(wish)).toBe('digest=~sha256%3A0a1b');
    expect(tagConditions({ ...nothing, text: '0a1b2c3d' })).toBe('name=~0a1b2c3d');
  });

  it('are joined', () => {
    expect(artifactConditions({ text: '', type: 'CHART', state: 'tagged', label: '7' })).toBe(
      'tags=*,type=CHART,labels=(7)',
    );
  });

  it('take no label that is no id', () => {
    expect(artifactConditions({ ...nothing, label: '7),tags=*' })).toBeUndefined();
  });
});
