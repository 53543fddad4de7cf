/** A secret that is told this once, and whose it is. */
export interface ToldSecret {
  readonly id: number;
  readonly name: string;
  readonly secret: string;
  readonly creation_time?: string;
  readonly expires_at: number;
  /** Until when the one before it works, too. */
  readonly old_secret_expires_at?: string;
}

/** What the file is called that a secret is saved in: letters that all systems take. */
export function secretFileName(name: string): string {
  return `${name.replaceAll(/[^\w.-]+/g, '-')}.json`;
}

/** The file itself, as Harbor's portal writes it, and where the secret is for. */
export function secretFile(told: ToldSecret, registry: string): string {
  const { id, name, secret, creation_time, expires_at } = told;
  return JSON.stringify({ id, name, secret, creation_time, expires_at, registry }, undefined, 2);
}
