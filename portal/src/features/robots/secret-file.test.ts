import { describe, expect, it } from 'vitest';
import { secretFile, secretFileName } from './secret-file.ts';

describe('the file of a secret', () => {
  it('has a name that all systems take', () => {
    expect(secretFileName('robot$team+ci')).toBe('robot-team-ci.json');
  });

  it('says what it is for', () => {
    const told = { id: 1, name: 'robot$ci', secret: 's', expires_at: -1 };
    expect(JSON.parse(secretFile(told, 'registry.example.com'))).toEqual({
      ...told,
      registry: 'registry.example.com',
    });
  });
});
