/**
 * Runs `work`, then `next`, whatever came of it: an error does not tell that nothing happened,
 * since the answer to a COMMIT can be lost after it took effect. The first error is the one that
 * is thrown.
 */
export async function followUp<T>(work: () => Promise<T>, next: () => Promise<void>): Promise<T> {
  let result: T;
  try {
    result = await work();
  } catch (error) {
    await next().catch(() => undefined);
    throw error;
  }
  await next();
  return result;
}
