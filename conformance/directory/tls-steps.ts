import { connect, type Socket } from 'node:net';
import type { LdapSettings } from '../../server/src/identity/ldap/index.ts';
import { assertEqual } from '../clients/assertion.ts';
import type { Step } from '../clients/client.ts';
import { type DirectoryContext, expectLdapError } from './context.ts';
import { PASSWORD } from './entries.ts';
import { startHostile } from './hostile.ts';

export function createTlsSteps({ directory, slapd, settings }: DirectoryContext): Step[] {
  const login = async (change: Partial<LdapSettings>) =>
    (await directory.authenticate(settings(change), 'ann', PASSWORD))?.username;
  return [
    {
      name: 'ldaps with the CA of the settings',
      async run() {
        const { tlsUrl: url, ca } = slapd();
        assertEqual(await login({ url, ca }), 'ann', 'user');
        await directory.ping(settings({ url, ca }));
      },
    },
    {
      name: 'ldaps without that CA is refused, unless verification is off',
      async run() {
        const { tlsUrl: url } = slapd();
        await expectLdapError('tls', login({ url }));
        assertEqual(await login({ url, verifyCert: false }), 'ann', 'user');
        await expectLdapError('settings', login({ url, ca: 'no PEM' }));
      },
    },
    {
      name: 'a certificate for another host is refused',
      async run() {
        const { tlsUrl, ca } = slapd();
        const url = tlsUrl.replace('127.0.0.1', 'localhost');
        await expectLdapError('tls', login({ url, ca }));
      },
    },
    {
      name: 'StartTLS with and without the CA',
      async run() {
        const { url, ca } = slapd();
        assertEqual(await login({ url, ca, startTls: true }), 'ann', 'user');
        await expectLdapError('tls', login({ url, startTls: true }));
        assertEqual(await login({ url, startTls: true, verifyCert: false }), 'ann', 'user');
      },
    },
    {
      name: 'success sent in the clear behind StartTLS counts for nothing',
      async run() {
        const { url: upstream, ca } = slapd();
        // The ids that the next request on this connection, or on a new one, could have.
        for (const id of [1, 2, 3, 4]) {
          const man = await startHostile((socket) => injectBehindStartTls(socket, upstream, id));
          try {
            const { url } = man;
            const wrong = settings({ url, ca, startTls: true, searchPassword: 'wrong' });
            await expectLdapError('credentials', directory.ping(wrong));
            assertEqual(await login({ url, ca, startTls: true }), 'ann', 'user');
          } finally {
            await man.stop();
          }
        }
      },
    },
    {
      name: 'TLS to a port that speaks none, and none to a port that does',
      async run() {
        const { url, tlsUrl, ca } = slapd();
        await expectLdapError('tls', login({ url: url.replace('ldap:', 'ldaps:'), ca }));
        await expectLdapError('unreachable', login({ url: tlsUrl.replace('ldaps:', 'ldap:') }));
      },
    },
  ];
}

/**
 * Passes all on, but adds the start of a successful bind to the answer to StartTLS; the first byte
 * that comes through TLS completes it for a parser that keeps what came before.
 */
function injectBehindStartTls(socket: Socket, upstream: string, id: number): void {
  const server = connect(Number(new URL(upstream).port), '127.0.0.1');
  server.on('error', () => {});
  socket.on('close', () => server.destroy());
  server.on('close', () => socket.destroy());
  socket.pipe(server);
  server.once('data', (answer) => {
    const result = [0x0a, 1, 0, 0x04, 0, 0x04, 1];
    const body = [0x02, 1, id, 0x61, result.length + 1, ...result];
    socket.write(
      Buffer.concat([Buffer.from(answer), Buffer.from([0x30, body.length + 1, ...body])]),
    );
    server.pipe(socket);
  });
}
