import { createHash } from 'node:crypto';
import { type KubeObjects, StatusError } from '../../kube/index.ts';
import { createKeyedMutex } from '../../lib/index.ts';
import { type ContainerKind, LIBRARY, type Names } from '../names.ts';
import { ProviderError, type RegistryProvider } from '../providers/provider.ts';
import { API_VERSION, type ChartGroup, type ConfigMap, keys, type Namespace } from './types.ts';

/** A project of the back end, by the names of people. */
export interface Container {
  readonly kind: ContainerKind;
  readonly tenant: string;
  readonly name: string;
}

export interface ContainerPorts {
  readonly names: Names;
  readonly provider: RegistryProvider;
  /** Take over projects of our names that exist already. */
  readonly adopt: boolean;
  objects(): KubeObjects;
}

/** Marks the notes among the config maps. */
export const NOTE_LABEL = 'registry.tkestack.io/container';

/**
 * The projects behind Namespaces and ChartGroups. A note says which projects are ours: it is
 * written before a project is created and goes with it. So after a time-out, a failed store or a
 * kill we know what is ours to use or to remove, and never touch what was there before us.
 */
export class Containers {
  readonly #ports: ContainerPorts;
  readonly #mutex = createKeyedMutex();

  constructor(ports: ContainerPorts) {
    this.#ports = ports;
  }

  /** Idempotent for one's own object. @throws ProviderError; AppError for an impossible name */
  create(container: Container, isPublic: boolean): Promise<void> {
    return this.#alone(container, async (project) => {
      const { provider, adopt } = this.#ports;
      if ((await this.#findNote(container)) !== undefined) {
        return provider.createProject(project, { isPublic, adopt: true });
      }
      if (await provider.hasProject(project)) {
        if (!adopt) throw new ProviderError('conflict', 'the project exists already');
        await provider.createProject(project, { isPublic, adopt: true });
        return this.#putNote(container, 'owned');
      }
      await this.#putNote(container, 'creating');
      try {
        await provider.createProject(project, { isPublic, adopt: false });
      } catch (error) {
        // Only then is it unknown whether the project came to be.
        const isUnknown = !(error instanceof ProviderError) || error.kind === 'unavailable';
        if (!isUnknown) await this.#dropNote(container);
        throw error;
      }
    });
  }

  /** Whether its project is ours, so that something in it may be deleted. */
  async owns(container: Container): Promise<boolean> {
    return (await this.#findNote(container)) !== undefined;
  }

  /** For an object that is Available: its project is made again if somebody removed it. */
  ensure(container: Container, isPublic: boolean): Promise<void> {
    return this.#alone(container, async (project) => {
      const { provider } = this.#ports;
      const isMissing =
        (await this.#findNote(container)) !== undefined && !(await provider.hasProject(project));
      if (isMissing) await provider.createProject(project, { isPublic, adopt: false });
    });
  }

  /** @throws ProviderError */
  setPublic(container: Container, isPublic: boolean): Promise<void> {
    return this.#alone(container, async (project) => {
      if ((await this.#findNote(container)) === undefined) {
        throw new ProviderError('conflict', 'the project is not ours');
      }
      await this.#ports.provider.setPublic(project, isPublic);
    });
  }

  /** With everything in it; absent is done, and what is not ours stays. @throws ProviderError */
  remove(container: Container): Promise<void> {
    return this.#alone(container, async (project) => {
      if ((await this.#findNote(container)) === undefined) return;
      await this.#ports.provider.deleteProject(project);
      await this.#dropNote(container);
    });
  }

  /**
   * Settles what a creation left: with its object Available the project is ours for good, without
   * its object the empty project goes.
   *
   * @throws ProviderError
   */
  settle(container: Container): Promise<void> {
    return this.#alone(container, async (project) => {
      const note = await this.#findNote(container);
      if (note === undefined || note.data['state'] === 'owned') return;
      const owner = await this.#findOwner(container);
      if (owner?.status.phase === 'Available') {
        await this.#ports
          .objects()
          .change<ConfigMap>('ConfigMap', noteKey(container), (current) => ({
            ...current,
            data: { ...current.data, state: 'owned' },
          }));
      }
      if (owner !== undefined) return;
      // Somebody pushed past us: content is never removed by an undo.
      const held = await this.#ports.provider.listRepositories(project);
      if (held.length === 0) await this.#ports.provider.deleteProject(project);
      await this.#dropNote(container);
    });
  }

  /** Those whose creation was not settled yet. */
  async listUnsettled(): Promise<readonly Container[]> {
    const notes = await this.#ports.objects().list<ConfigMap>('ConfigMap');
    return notes.flatMap((note) => {
      const { kind, tenant, name, state } = note.data;
      const isNote = note.metadata.labels?.[NOTE_LABEL] !== undefined && state === 'creating';
      if (!isNote || tenant === undefined || name === undefined) return [];
      return kind === 'image' || kind === 'chart' ? [{ kind, tenant, name }] : [];
    });
  }

  /** One thing at a time with a project; `library` is nobody's to make or remove. */
  #alone(container: Container, work: (project: string) => Promise<void>): Promise<void> {
    const project = this.#projectOf(container);
    if (project === LIBRARY) return Promise.resolve();
    return this.#mutex.run(project, () => work(project));
  }

  #projectOf({ kind, tenant, name }: Container): string {
    return this.#ports.names.toProject(kind, { tenant, name });
  }

  #findOwner({ kind, tenant, name }: Container): Promise<Namespace | ChartGroup | undefined> {
    const objects = this.#ports.objects();
    return kind === 'image'
      ? objects.findUnique<Namespace>('Namespace', keys.namespace(tenant, name))
      : objects.findUnique<ChartGroup>('ChartGroup', keys.chartGroup(tenant, name));
  }

  #findNote(container: Container): Promise<ConfigMap | undefined> {
    return this.#ports.objects().find<ConfigMap>('ConfigMap', noteKey(container));
  }

  async #putNote(container: Container, state: 'creating' | 'owned'): Promise<void> {
    try {
      await this.#ports.objects().create<ConfigMap>({
        apiVersion: API_VERSION,
        kind: 'ConfigMap',
        metadata: { name: noteKey(container).name, labels: { [NOTE_LABEL]: container.kind } },
        data: { ...container, state },
      });
    } catch (error) {
      if (!(error instanceof StatusError) || error.reason !== 'AlreadyExists') throw error;
    }
  }

  async #dropNote(container: Container): Promise<void> {
    const note = await this.#findNote(container);
    if (note === undefined) return;
    await this.#ports.objects().remove('ConfigMap', noteKey(container), note.metadata.uid);
  }
}

function noteKey({ kind, tenant, name }: Container) {
  const hash = createHash('sha256').update(`${kind}/${tenant}/${name}`).digest('hex');
  return { namespace: '', name: `container-${hash.slice(0, 32)}` };
}
