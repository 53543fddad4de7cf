import { AppError } from '../lib/index.ts';
import { MAX_PROVENANCE_BYTES } from './limits.ts';
import { isChartName } from './metadata.ts';
import { parseChartVersion } from './versions.ts';

const MAX_LINES = 20_000;

/**
 * The chart that a provenance file (`helm package --sign`) is about: it quotes Chart.yaml, signed.
 * The signature is not checked; whoever installs the chart does.
 *
 * @throws AppError invalid
 */
export function parseProvenance(bytes: Uint8Array): { name: string; version: string } {
  const text = Buffer.from(bytes).toString('utf8');
  if (bytes.length > MAX_PROVENANCE_BYTES || !text.includes('-----BEGIN PGP SIGNED MESSAGE-----')) {
    throw new AppError('invalid', 'the file is no provenance file: it is not signed with PGP');
  }
  const lines = text.split('\n', MAX_LINES);
  const name = findField(lines, 'name');
  const version = findField(lines, 'version');
  if (!isChartName(name) || version === undefined || parseChartVersion(version) === undefined) {
    throw new AppError('invalid', 'the provenance file does not say which chart it is of');
  }
  return { name, version };
}

/** A field at the top of the quoted Chart.yaml, which Helm writes one to a line. */
function findField(lines: readonly string[], field: string): string | undefined {
  const line = lines.find((candidate) => candidate.startsWith(`${field}: `));
  const value = line?.slice(field.length + 2).trim();
  return value === undefined ? undefined : (/^(["'])(.*)\1$/.exec(value)?.[2] ?? value);
}
