import type { ProjectPolicy } from '../access/index.ts';
import { AppError } from '../lib/index.ts';
import type { CurrentProject, ProjectRepository } from './project.repository.ts';
import type { ProjectChange } from './project.ts';
import { type Announce, changeProject } from './project-change.ts';
import {
  checkRemoval,
  isMetadataKey,
  PUBLIC,
  parseMetadata,
  visibleMetadata,
} from './project-metadata.ts';

type Entry = readonly [key: string, value: string];

export interface ProjectMetadataService {
  /** @throws AppError not-found */
  getMetadata(project: ProjectPolicy): Promise<Readonly<Record<string, string>>>;
  /** Undefined when the key is not set. @throws AppError not-found: there is no such key */
  findValue(project: ProjectPolicy, key: string): Promise<string | undefined>;
  /** @throws AppError invalid (not one entry, key, value), conflict (set already), not-found */
  addEntry(project: ProjectPolicy, entries: readonly Entry[]): Promise<void>;
  /** @throws AppError invalid (not the one entry of that key, value), not-found */
  putEntry(project: ProjectPolicy, key: string, entries: readonly Entry[]): Promise<void>;
  /** Without `public` a project is private. @throws AppError not-found, invalid */
  deleteEntry(project: ProjectPolicy, key: string): Promise<void>;
}

export function createProjectMetadataService(ports: {
  readonly projects: ProjectRepository;
  readonly announce: Announce;
}): ProjectMetadataService {
  const { projects } = ports;

  async function getMetadata(project: ProjectPolicy) {
    const found = await projects.find(project.id);
    if (found === undefined) throw new AppError('not-found', `project ${project.name} not found`);
    return visibleMetadata(found);
  }

  return {
    getMetadata,
    async findValue(project, key) {
      if (!isMetadataKey(key)) throw keyNotFound(key);
      return (await getMetadata(project))[key];
    },
    async addEntry(project, entries) {
      const [entry] = entries;
      if (entry === undefined || entries.length > 1) {
        throw new AppError('invalid', 'only allow one key/value pair');
      }
      await changeProject(ports, project, (current) => {
        const change = changeOf(entry, current);
        if (isSet(entry[0], current)) {
          throw new AppError('conflict', `the metadata ${entry[0]} is set already`);
        }
        return change;
      });
    },
    async putEntry(project, key, entries) {
      const [entry] = entries;
      if (entry === undefined || entries.length > 1 || entry[0] !== key) {
        throw new AppError('invalid', `only allow one key/value pair, with the key of the path`);
      }
      await changeProject(ports, project, (current) => changeOf(entry, current));
    },
    async deleteEntry(project, key) {
      if (!isMetadataKey(key)) throw keyNotFound(key);
      await changeProject(ports, project, (current) => {
        if (!isSet(key, current)) throw keyNotFound(key);
        checkRemoval(key, current.metadata);
        return key === PUBLIC ? { isPublic: false } : { drop: [key] };
      });
    },
  };
}

function changeOf(entry: Entry, { metadata }: CurrentProject): ProjectChange {
  const put = parseMetadata([entry], metadata);
  const isPublic = put.get(PUBLIC);
  return isPublic === undefined ? { put } : { isPublic: isPublic === 'true' };
}

function isSet(key: string, { metadata }: CurrentProject): boolean {
  return key === PUBLIC || metadata[key] !== undefined;
}

function keyNotFound(key: string): AppError {
  return new AppError('not-found', `metadata ${key.slice(0, 64)} not found`);
}
