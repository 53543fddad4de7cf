/**
 * Tells every cache, here and on other replicas, what a commit changed. Awaited before the answer,
 * so that whoever saw the answer sees the change.
 */
export interface Invalidation {
  /** Tags or digests that now mean something else. */
  manifests(repository: string, names: readonly string[]): Promise<void>;
  blob(repository: string, digest: string): Promise<void>;
  /** Everything of a repository. */
  repository(name: string): Promise<void>;
  /** Policies of a project. */
  project(name: string): Promise<void>;
  user(id: number): Promise<void>;
  robot(id: number): Promise<void>;
  /** The system configuration. */
  configuration(): Promise<void>;
}

/** What is sent to other replicas; small enough for a NOTIFY payload. */
export type InvalidationMessage =
  | { readonly kind: 'manifests'; readonly repository: string; readonly names: readonly string[] }
  | { readonly kind: 'blob'; readonly repository: string; readonly digest: string }
  | { readonly kind: 'repository'; readonly name: string }
  | { readonly kind: 'project'; readonly name: string }
  | { readonly kind: 'user'; readonly id: number }
  | { readonly kind: 'robot'; readonly id: number }
  | { readonly kind: 'configuration' };

export interface InvalidationTargets {
  dropManifest(repository: string, name: string): void;
  dropBlob(repository: string, digest: string): void;
  forgetRepository(name: string): void;
  forgetProject(name: string): void;
  forgetUser(id: number): void;
  forgetRobot(id: number): void;
  forgetConfiguration(): void;
  forgetAll(): void;
}

export function applyInvalidation(
  message: InvalidationMessage,
  targets: InvalidationTargets,
): void {
  switch (message.kind) {
    case 'manifests':
      for (const name of message.names) targets.dropManifest(message.repository, name);
      return;
    case 'blob':
      return targets.dropBlob(message.repository, message.digest);
    case 'repository':
      return targets.forgetRepository(message.name);
    case 'project':
      return targets.forgetProject(message.name);
    case 'user':
      return targets.forgetUser(message.id);
    case 'robot':
      return targets.forgetRobot(message.id);
    case 'configuration':
      return targets.forgetConfiguration();
  }
}

/**
 * @param publish sends a message to the other replicas; absent when there are none, as with the
 * bundled database.
 */
export function createInvalidation(
  targets: InvalidationTargets,
  publish?: (message: InvalidationMessage) => Promise<void>,
): Invalidation {
  async function tell(message: InvalidationMessage): Promise<void> {
    applyInvalidation(message, targets);
    await publish?.(message);
  }
  return {
    manifests: (repository, names) => tell({ kind: 'manifests', repository, names }),
    blob: (repository, digest) => tell({ kind: 'blob', repository, digest }),
    repository: (name) => tell({ kind: 'repository', name }),
    project: (name) => tell({ kind: 'project', name }),
    user: (id) => tell({ kind: 'user', id }),
    robot: (id) => tell({ kind: 'robot', id }),
    configuration: () => tell({ kind: 'configuration' }),
  };
}
