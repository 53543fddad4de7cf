import type { Socket } from 'node:net';
import { assertEqual } from '../clients/assertion.ts';
import type { Step } from '../clients/client.ts';
import { type DirectoryContext, describeSettings, expectLdapError } from './context.ts';
import { PASSWORD, suffixes } from './entries.ts';
import {
  createEntry,
  createSuccess,
  getMessageId,
  type HostileServer,
  onMessage,
  startHostile,
} from './hostile.ts';

const BIND_RESPONSE = 0x61;
const SEARCH_DONE = 0x65;

/** These need no slapd. Each connection must be gone when the call has failed. */
export function createHostileSteps({ directory }: DirectoryContext): Step[] {
  const ping = (url: string, change: { startTls?: boolean; timeoutSeconds?: number } = {}) =>
    directory.ping({ ...describeSettings(suffixes[0].suffix), timeoutSeconds: 1, url, ...change });
  return [
    {
      name: 'a server that is down is unreachable at once',
      async run() {
        const server = await startHostile(() => {});
        await server.stop();
        await expectLdapError('unreachable', ping(server.url), 1_000);
        await expectLdapError('unreachable', ping(server.url, { startTls: true }), 1_000);
      },
    },
    {
      name: 'a server that accepts and never answers ends with the time',
      run: () =>
        withServer(
          () => {},
          async ({ url }) => {
            await expectLdapError('timeout', ping(url), 1_500);
            await expectLdapError('timeout', ping(url, { startTls: true }), 1_500);
            await expectLdapError('timeout', ping(url.replace('ldap:', 'ldaps:')), 1_500);
          },
        ),
    },
    {
      name: 'a server that drips bytes does not stretch the time',
      run: () =>
        withServer(
          (socket) => {
            const timer = setInterval(() => socket.write(Buffer.from([0x30])), 100);
            socket.on('close', () => clearInterval(timer));
          },
          async ({ url }) => {
            await expectLdapError('timeout', ping(url), 1_500);
          },
        ),
    },
    {
      name: 'a server that closes is unreachable',
      run: () =>
        withServer(
          (socket) => socket.on('data', () => socket.end()),
          async ({ url }) => {
            await expectLdapError('unreachable', ping(url), 1_000);
            await expectLdapError('tls', ping(url, { startTls: true }), 1_000);
          },
        ),
    },
    {
      name: 'a connection that closes after the bind is not opened again',
      run: () =>
        withServer(
          (socket) =>
            onMessage(socket, (message) =>
              socket.end(createSuccess(getMessageId(message), BIND_RESPONSE)),
            ),
          async (server) => {
            await expectLdapError('unreachable', ping(server.url), 1_000);
            assertEqual(server.countAll(), 1, 'connections');
          },
        ),
    },
    {
      name: 'a search connection that closes during the login is not opened again',
      run: closeDuringLogin,
    },
    {
      name: 'an anonymous ping without a base DN only connects, and closes',
      run: () =>
        withServer(
          () => {},
          async (server) => {
            const nothing = { searchDn: '', searchPassword: '', baseDn: '' };
            const settings = describeSettings(suffixes[0].suffix);
            await directory.ping({ ...settings, ...nothing, url: server.url });
          },
        ),
    },
    {
      name: 'garbage is no answer',
      run: () =>
        withServer(
          (socket) => socket.on('data', () => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')),
          async ({ url }) => expectLdapError('timeout', ping(url), 1_500),
        ),
    },
    {
      name: 'a flood is cut off',
      run: () =>
        withServer(flood, async ({ url }) => {
          await expectLdapError('unreachable', ping(url, { timeoutSeconds: 10 }), 9_000);
        }),
    },
    {
      name: 'a referral is not followed',
      run: () => withServer(() => {}, followNoReferral),
    },
    {
      name: 'many calls at once to a silent server all end in time',
      run: () =>
        withServer(
          () => {},
          async (server) => {
            const calls = Array.from({ length: 100 }, () => ping(server.url));
            const failures = calls.map((call) => expectLdapError('timeout', call, 3_000));
            await Promise.race(failures);
            assertEqual(server.countAll(), 32, 'connections when the first gives up');
            await Promise.all(failures);
          },
        ),
    },
    {
      name: 'an empty password sends nothing',
      run: () =>
        withServer(
          () => {},
          async (server) => {
            const settings = { ...describeSettings(suffixes[0].suffix), url: server.url };
            for (const password of ['', '\0']) {
              const user = await directory.authenticate(settings, 'ann', password);
              assertEqual(user, undefined, 'user');
            }
            assertEqual(await directory.authenticate(settings, '', PASSWORD), undefined, 'user');
            assertEqual(server.countAll(), 0, 'connections');
          },
        ),
    },
  ];

  /** The search connection ends after the entry; only then does the bind of the user succeed. */
  async function closeDuringLogin(): Promise<void> {
    const searchClosed = Promise.withResolvers<void>();
    const serve = (socket: Socket) =>
      onMessage(socket, (message) => {
        const id = getMessageId(message);
        if (message.includes('cn=search')) {
          socket.write(createSuccess(id, BIND_RESPONSE));
        } else if (message.includes('uid=ann')) {
          void searchClosed.promise.then(() => socket.write(createSuccess(id, BIND_RESPONSE)));
        } else {
          socket.on('close', () => searchClosed.resolve());
          socket.write(createEntry(id, { dn: 'uid=ann,dc=test', type: 'uid', value: 'ann' }));
          socket.end(createSuccess(id, SEARCH_DONE));
        }
      });
    await withServer(serve, async (server) => {
      const settings = { ...describeSettings(suffixes[0].suffix), url: server.url };
      const login = directory.authenticate(settings, 'ann', PASSWORD);
      await expectLdapError('unreachable', login, 1_000);
      assertEqual(server.countAll(), 2, 'connections');
    });
  }

  /** The first server answers each search with a reference to the second. */
  async function followNoReferral(canary: HostileServer): Promise<void> {
    const refer = (socket: Socket) =>
      onMessage(socket, (message) => {
        const id = getMessageId(message);
        if (message.includes('cn=search')) {
          socket.write(createSuccess(id, BIND_RESPONSE));
          return;
        }
        const uri = Buffer.from(`${canary.url}/dc=berth`);
        const reference = [0x02, 1, id, 0x73, uri.length + 2, 0x04, uri.length, ...uri];
        socket.write(Buffer.from([0x30, reference.length, ...reference]));
        socket.write(createSuccess(id, SEARCH_DONE));
      });
    await withServer(refer, async ({ url }) => {
      const settings = { ...describeSettings(suffixes[0].suffix), url };
      assertEqual(await directory.searchUsers(settings, ''), [], 'users');
      assertEqual(canary.countAll(), 0, 'connections to the other server');
    });
  }
}

/** Sends small messages that answer nothing, as fast as they are taken. */
function flood(socket: Socket): void {
  const chunk = Buffer.concat(Array.from({ length: 4_000 }, () => createSuccess(99, SEARCH_DONE)));
  const send = () => {
    while (!socket.destroyed && socket.write(chunk)) {
      // Until it is not taken at once.
    }
  };
  socket.on('drain', send);
  socket.once('data', send);
}

async function withServer(
  serve: (socket: Socket) => void,
  work: (server: HostileServer) => Promise<void>,
): Promise<void> {
  const server = await startHostile(serve);
  try {
    await work(server);
    await server.waitUntilClosed();
  } finally {
    await server.stop();
  }
}
