import { describe, expect, it } from 'vitest';
import { robotUpdate } from './robots.schema.ts';

describe('an update of a robot', () => {
  it('enables it unless told, as Go clients leave out what is false', () => {
    expect(robotUpdate.parse({ name: 'ci' }).disable).toBe(false);
    expect(robotUpdate.parse({ name: 'ci', disable: true }).disable).toBe(true);
  });
});
