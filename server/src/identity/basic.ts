export interface BasicCredentials {
  readonly username: string;
  readonly password: string;
}

/** The credentials of an `Authorization: Basic` header (RFC 7617), if it is well-formed. */
export function parseBasic(header: string | undefined): BasicCredentials | undefined {
  const match = /^basic +([\w+/=-]{1,4096})$/i.exec(header ?? '');
  if (match === null) return undefined;
  const text = Buffer.from(match[1] ?? '', 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 1) return undefined;
  return { username: text.slice(0, colon), password: text.slice(colon + 1) };
}
