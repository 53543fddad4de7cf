import type { OpenOptions } from './registry.ts';

export interface OwnRegistry {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly own: { createUser(username: string, password: string): Promise<void> };
  close(): Promise<void>;
}

export function startOwnRegistry(_options: OpenOptions): Promise<OwnRegistry> {
  return Promise.reject(new Error('set CONFORMANCE_URL'));
}
