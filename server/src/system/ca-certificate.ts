import { readFile } from 'node:fs/promises';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[A-Za-z\d+/=\s]+-----END CERTIFICATE-----/g;

/**
 * The certificates in a PEM file, and nothing else of it: a key in the same file stays here.
 * Undefined without a file, or without a certificate in it.
 */
export async function findCaCertificate(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  const text = await readFile(path, 'latin1').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const certificates = text.match(CERTIFICATE) ?? [];
  return certificates.length === 0 ? undefined : `${certificates.join('\n')}\n`;
}
