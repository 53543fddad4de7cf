import { describe, expect, it } from 'vitest';
import { buryUser } from './tombstone.ts';

const ann = { id: 7, username: 'ann', email: 'ann@example.com', realname: 'Ann Lee' };

describe('the name of a deleted account', () => {
  it('is the old one with the id', () => {
    expect(buryUser(ann, false)).toEqual({
      username: 'ann#7',
      email: 'ann@example.com#7',
      realname: 'Ann Lee',
    });
  });

  it('is eight hexadecimal digits and the id where nothing personal may be left', () => {
    const hashed = buryUser(ann, true);
    for (const text of Object.values(hashed)) expect(text).toMatch(/^[\da-f]{8}#7$/);
    expect(new Set(Object.values(hashed)).size).toBe(3);
  });

  it('leaves out an email that was not there', () => {
    expect(buryUser({ ...ann, email: null }, true).email).toBeNull();
  });
});
