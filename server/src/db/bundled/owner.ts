import { stat } from 'node:fs/promises';
import { BundledPostgresError } from './bundled.errors.ts';

/** The user that PostgreSQL runs as when we are root, which it refuses to be. */
export interface Owner {
  uid: number;
  gid: number;
}

/** `nobody` on Debian, Alpine and Red Hat alike; needs no entry in /etc/passwd. */
const NOBODY = { uid: 65534, gid: 65534 } satisfies Owner;

/**
 * Whom to run PostgreSQL as; undefined means as ourselves. Root keeps the owner of an existing
 * cluster, so that a service moved from a user account to root goes on working; a user who meets
 * somebody else's cluster is told (throws `permission`).
 */
export async function findOwner(cluster: string): Promise<Owner | undefined> {
  const uid = process.getuid?.();
  if (uid === undefined) return undefined;
  const current = await findStat(cluster);
  if (uid === 0) return current === undefined || current.uid === 0 ? NOBODY : current;
  if (current !== undefined && current.uid !== uid) {
    throw new BundledPostgresError(
      'permission',
      `The database in ${cluster} belongs to user ${current.uid}, but Berth runs as user ${uid}. ` +
        'Run it as the same user as before (as root if it was root), or change the owner of the ' +
        'whole data directory.',
    );
  }
  return undefined;
}

async function findStat(path: string): Promise<Owner | undefined> {
  try {
    const { uid, gid } = await stat(path);
    return { uid, gid };
  } catch {
    return undefined;
  }
}
