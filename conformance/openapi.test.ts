import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRegistry, type TestRegistry } from './registry.ts';

let registry: TestRegistry;

beforeAll(async () => {
  registry = await openRegistry();
});
afterAll(async () => {
  await registry.close();
});

describe('the description of the REST API', () => {
  it('is the one in docs/openapi.json; `vitest -u` writes it anew', async () => {
    const answer = await fetch(`${registry.url}/api/v2.0/openapi.json`);
    expect(answer.status).toBe(200);
    const text = `${JSON.stringify(await answer.json(), undefined, 1)}\n`;
    await expect(text).toMatchFileSnapshot('../docs/openapi.json');
  });
});
