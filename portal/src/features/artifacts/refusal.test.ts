import { RestError } from '@berth/client/rest';
import { describe, expect, it } from 'vitest';
import { explainRefusal } from './refusal.ts';

const words = {
  refusedImmutable: 'immutable!',
  deleteIndexed: (digest: string) => `in ${digest}`,
};
const refusal = (message: string) => new RestError(412, { code: 'PRECONDITION', message });

describe('a refusal to delete', () => {
  it('names the index that lists the artifact', () => {
    const error = refusal('sha256:aa is listed by the index sha256:0bb; delete that index first');
    expect(explainRefusal(error, words)).toMatchObject({ message: 'in sha256:0bb' });
  });

  it('tells of immutable tags', () => {
    const error = refusal("Failed to process request due to 'a:1' configured as immutable.");
    expect(explainRefusal(error, words)).toMatchObject({ message: 'immutable!' });
  });

  it('for another reason stays as it is', () => {
    const error = new RestError(403, { message: 'immutable' });
    expect(explainRefusal(error, words)).toBe(error);
  });
});
