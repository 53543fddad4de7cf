import { digestOf } from '@berth/oci';
import type { Answer } from './http.ts';
import { ABSENT, PRESENT } from './ledger.ts';
import { blobName, manifestName, tagName } from './push.ts';
import { ask, complain, type Session } from './session.ts';
import type { BlobItem } from './world.ts';

/** Reads a tag and judges the answer. @returns the digest, if there is one */
export async function readTag(session: Session, repository: string, tag: string): Promise<void> {
  await readAs(session, tagName(repository, tag), `/v2/${repository}/manifests/${tag}`, digestIn);
}

export async function readManifest(
  session: Session,
  repository: string,
  digest: string,
): Promise<boolean> {
  const path = `/v2/${repository}/manifests/${digest}`;
  const value = await readAs(session, manifestName(repository, digest), path, (answer) => {
    return digestIn(answer) === digest ? PRESENT : 'other bytes';
  });
  return value === PRESENT;
}

export async function readBlob(
  session: Session,
  repository: string,
  { digest }: BlobItem,
): Promise<boolean> {
  const path = `/v2/${repository}/blobs/${digest}`;
  const value = await readAs(session, blobName(repository, digest), path, (answer) => {
    return digestOf(answer.body) === digest ? PRESENT : 'other bytes';
  });
  return value === PRESENT;
}

async function readAs(
  session: Session,
  name: string,
  path: string,
  valueOf: (answer: Answer) => string,
): Promise<string | undefined> {
  const from = session.ledger.now();
  const answer = await ask(session, 'GET', path);
  if (answer.status !== 200 && answer.status !== 404) {
    complain(session, { method: 'GET', path }, answer);
    return undefined;
  }
  const value = answer.status === 404 ? ABSENT : valueOf(answer);
  const fault = session.ledger.findFault(name, value, from);
  if (fault !== undefined) session.violations.push(`${fault} (${answer.status})`);
  return value;
}

function digestIn(answer: Answer): string {
  const digest = digestOf(answer.body);
  const told = answer.headers['docker-content-digest'];
  return told === digest ? digest : `${digest}, and not ${String(told)}`;
}
