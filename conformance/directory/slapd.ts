import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'ldapts';
import { runCommand } from '../clients/command.ts';
import { ADMIN_DN, ADMIN_PASSWORD, listEntries, suffixes } from './entries.ts';

/** An OpenLDAP server with the entries of `entries.ts`, on loopback, until `stop`. */
export interface Slapd {
  /** `ldap://…`, which also offers StartTLS. */
  readonly url: string;
  /** `ldaps://…` with a certificate for 127.0.0.1. */
  readonly tlsUrl: string;
  /** PEM of the self-signed certificate. */
  readonly ca: string;
  stop(): Promise<void>;
}

const SCHEMAS = '/etc/ldap/schema';
const MODULES = '/usr/lib/ldap';
const START_TIMEOUT_MS = 15_000;

/** The path of Debian's slapd, if it is installed with the memberof overlay. */
export function findSlapd(): string | undefined {
  const path = ['/usr/sbin/slapd', '/usr/lib/openldap/slapd'].find((file) => existsSync(file));
  return existsSync(join(MODULES, 'memberof.so')) ? path : undefined;
}

/**
 * @param directory where configuration, certificate and data go; removed by the caller
 * @throws Error when slapd does not start, with what it said
 */
export async function startSlapd(program: string, directory: string): Promise<Slapd> {
  await Promise.all(suffixes.map(({ name }) => mkdir(join(directory, name), { recursive: true })));
  const ca = await createCertificate(directory);
  const configuration = join(directory, 'slapd.conf');
  await writeFile(configuration, describeServer(directory));
  const [port, tlsPort] = await findFreePorts();
  const url = `ldap://127.0.0.1:${port}`;
  const tlsUrl = `ldaps://127.0.0.1:${tlsPort}`;

  // With -d it stays in the foreground; 0 keeps it silent but for what goes wrong.
  const argv = ['-d', '0', '-h', `${url} ${tlsUrl}`, '-f', configuration];
  const child = spawn(program, argv, { stdio: ['ignore', 'ignore', 'pipe'] });
  const said: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk));
  const ended = once(child, 'close');
  // When this process falls over, too.
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const stop = async () => {
    process.removeListener('exit', kill);
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
    await ended;
    clearTimeout(timer);
  };
  try {
    const failed = ended.then(() => Promise.reject(new Error('slapd ended')));
    await Promise.race([load(url), failed]);
  } catch (cause) {
    await stop();
    throw new Error(`slapd did not start: ${Buffer.concat(said).toString()}`, { cause });
  }
  return { url, tlsUrl, ca, stop };
}

function describeServer(directory: string): string {
  const lines = ['core', 'cosine', 'inetorgperson'].map(
    (name) => `include ${SCHEMAS}/${name}.schema`,
  );
  lines.push(
    `pidfile ${directory}/slapd.pid`,
    `modulepath ${MODULES}`,
    'moduleload back_mdb',
    'moduleload memberof',
    `TLSCertificateFile ${directory}/certificate.pem`,
    `TLSCertificateKeyFile ${directory}/key.pem`,
  );
  for (const { name, suffix, hasOverlay } of suffixes) {
    lines.push(
      'database mdb',
      `suffix "${suffix}"`,
      `rootdn "cn=root,${suffix}"`,
      `rootpw "${ADMIN_PASSWORD}"`,
      `directory ${directory}/${name}`,
      'maxsize 10485760',
      // Passwords can be tried and nothing else; only the search account reads.
      'access to attrs=userPassword by anonymous auth by * none',
      `access to * by dn.exact="${ADMIN_DN}" read by * none`,
    );
    if (hasOverlay) lines.push('overlay memberof', 'memberof-dangling ignore');
  }
  return `${lines.join('\n')}\n`;
}

/** Adds the entries one by one over LDAP: only so does the overlay see the members. */
async function load(url: string): Promise<void> {
  await waitUntilOpen(url);
  for (const { suffix } of suffixes) {
    const client = new Client({ url, timeout: START_TIMEOUT_MS });
    try {
      await client.bind(`cn=root,${suffix}`, ADMIN_PASSWORD);
      for (const { dn, attributes } of listEntries(suffix)) await client.add(dn, attributes);
    } finally {
      await client.unbind();
    }
  }
}

async function waitUntilOpen(url: string): Promise<void> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    const client = new Client({ url, connectTimeout: 1_000 });
    try {
      await client.bind('', '');
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
    } finally {
      await client.unbind();
    }
    await sleep(50);
  }
}

async function createCertificate(directory: string): Promise<string> {
  const certificate = join(directory, 'certificate.pem');
  const subject = ['-subj', '/CN=Berth test directory', '-days', '2'];
  const key = ['-newkey', 'rsa:2048', '-nodes', '-keyout', join(directory, 'key.pem')];
  const names = ['-addext', 'subjectAltName=IP:127.0.0.1'];
  const argv = ['openssl', 'req', '-x509', ...key, '-out', certificate, ...subject, ...names];
  const { code, stderr } = await runCommand(argv, { env: process.env });
  if (code !== 0) throw new Error(`openssl made no certificate: ${stderr}`);
  return readFile(certificate, 'utf8');
}

/** Two at once, so that they differ. */
async function findFreePorts(): Promise<number[]> {
  const servers = [createServer(), createServer()];
  const ports: number[] = [];
  for (const server of servers) {
    await once(server.listen(0, '127.0.0.1'), 'listening');
    ports.push(getPort(server.address()));
  }
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

/** @throws Error for what does not listen on TCP */
export function getPort(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('no TCP address');
  return address.port;
}
