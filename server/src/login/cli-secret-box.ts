import type { SecretBox } from '../secrets/index.ts';

export const CLI_SECRET_LENGTH = 32;

/** Seals what an OIDC link keeps, each to its own row. */
export interface CliSecretBox {
  sealSecret(linkId: number, secret: string): string;
  openSecret(linkId: number, sealed: string): string;
  sealRefreshToken(linkId: number, token: string): string;
  openRefreshToken(linkId: number, sealed: string): string;
}

export function createCliSecretBox(secrets: Pick<SecretBox, 'seal' | 'open'>): CliSecretBox {
  return {
    sealSecret: (id, secret) => secrets.seal(secret, contextOf(id, 'cli_secret')),
    openSecret: (id, sealed) => secrets.open(sealed, contextOf(id, 'cli_secret')),
    sealRefreshToken: (id, token) => secrets.seal(token, contextOf(id, 'refresh_token')),
    openRefreshToken: (id, sealed) => secrets.open(sealed, contextOf(id, 'refresh_token')),
  };
}

function contextOf(linkId: number, column: string): string {
  return `user_identity:${linkId}:${column}`;
}
