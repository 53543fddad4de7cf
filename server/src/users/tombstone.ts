import { crc32 } from 'node:zlib';

/** What a deleted account is called from then on. */
export interface Tombstone {
  readonly username: string;
  readonly email: string | null;
  readonly realname: string;
}

/**
 * Harbor's names of deleted accounts, which give the old ones free: `<name>#<id>`, or with
 * `isHashed` the CRC-32 of it, so that nothing personal is left.
 */
export function buryUser(
  { id, username, email, realname }: Tombstone & { readonly id: number },
  isHashed: boolean,
): Tombstone {
  const name = (text: string) => `${isHashed ? checksum(text) : text}#${id}`;
  return {
    username: name(username),
    email: email === null ? null : name(email),
    realname: isHashed ? name(realname) : realname,
  };
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, '0');
}
