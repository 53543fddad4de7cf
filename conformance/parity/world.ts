import { randomBytes } from 'node:crypto';
import type { OwnOptions } from '../own-registry.ts';
import { openRegistry, type TestRegistry } from '../registry.ts';
import { operations } from './index.ts';
import { type Caller, createRecorder, type Recorder } from './recorder.ts';

export const PASSWORD = 'Parity-password-1';

export interface Person {
  readonly id: number;
  readonly username: string;
  readonly call: Caller;
}

/** A registry, and callers at it whose answers are recorded. */
export interface World {
  readonly registry: TestRegistry;
  readonly recorder: Recorder;
  readonly admin: Caller;
  readonly anonymous: Caller;
  createPerson(): Promise<Person>;
  /** @returns its name and id */
  createProject(options?: { isPublic?: boolean }): Promise<{ name: string; id: number }>;
}

export function uniqueName(prefix: string): string {
  return `${prefix}${randomBytes(5).toString('hex')}`;
}

export async function openWorld(options: OwnOptions = {}): Promise<World> {
  // Tests listen for webhooks on this machine.
  const registry = await openRegistry({ egressNetworks: ['127.0.0.0/8'], ...options });
  const recorder = createRecorder(operations);
  const { url, username, password } = registry;
  const admin = recorder.caller(url, { username, password });

  async function create(path: string, body: object): Promise<number> {
    const { status, text, headers } = await admin('POST', path, { body });
    if (status !== 201) throw new Error(`POST ${path}: ${status} ${text}`);
    return Number(headers.get('location')?.split('/').at(-1));
  }

  return {
    registry,
    recorder,
    admin,
    anonymous: recorder.caller(url),
    async createPerson() {
      const username = uniqueName('person-');
      const email = `${username}@test.example`;
      const account = { username, email, realname: 'A person', password: PASSWORD };
      const id = await create('/users', account);
      return { id, username, call: recorder.caller(url, { username, password: PASSWORD }) };
    },
    async createProject({ isPublic = false } = {}) {
      const name = uniqueName('project-');
      const metadata = { public: String(isPublic) };
      return { name, id: await create('/projects', { project_name: name, metadata }) };
    },
  };
}
