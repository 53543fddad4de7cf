import { once } from 'node:events';
import { createServer } from 'node:http';

/** A server of somebody else on two names: one of the registry's site, one of another. */
export interface HostileSite {
  /** Same site as a registry on localhost, so that browsers send its cookies along. */
  readonly sameSite: string;
  readonly otherSite: string;
  stop(): Promise<void>;
}

const PAGE =
  '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>Evil</title>';

export async function startHostileSite(): Promise<HostileSite> {
  const server = createServer((_request, response) => {
    // Its pages may do anything, and tell where they come from.
    response.writeHead(200, { 'content-type': 'text/html', 'referrer-policy': 'unsafe-url' });
    response.end(PAGE);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    sameSite: `http://localhost:${address.port}`,
    otherSite: `http://127.0.0.1:${address.port}`,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
