import { describe, expect, it } from 'vitest';
import { followUp } from './follow-up.ts';

describe('followUp', () => {
  it("runs the second step after the first and gives the first one's result", async () => {
    const steps: string[] = [];
    const result = await followUp(
      async () => steps.push('work'),
      async () => void steps.push('next'),
    );
    expect(result).toBe(1);
    expect(steps).toEqual(['work', 'next']);
  });

  it('runs the second step after a failure too, and throws the first error', async () => {
    let ran = false;
    const failing = followUp(
      () => Promise.reject(new Error('the answer was lost')),
      () => {
        ran = true;
        return Promise.reject(new Error('and so was this'));
      },
    );
    await expect(failing).rejects.toThrow('the answer was lost');
    expect(ran).toBe(true);
  });

  it('fails when only the second step fails', async () => {
    const failing = followUp(
      async () => 'done',
      () => Promise.reject(new Error('nobody heard of it')),
    );
    await expect(failing).rejects.toThrow('nobody heard of it');
  });
});
