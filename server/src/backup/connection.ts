import type { DatabaseClient } from '../db/index.ts';

/** Uses a connection and closes it, at once when `signal` fires: what it is at then rejects. */
export async function withConnection<T>(
  connect: () => Promise<DatabaseClient>,
  signal: AbortSignal | undefined,
  use: (client: DatabaseClient) => Promise<T>,
): Promise<T> {
  const client = await connect();
  const cut = () => void client.end().catch(() => undefined);
  signal?.addEventListener('abort', cut, { once: true });
  try {
    signal?.throwIfAborted();
    return await use(client);
  } finally {
    signal?.removeEventListener('abort', cut);
    await client.end();
  }
}
