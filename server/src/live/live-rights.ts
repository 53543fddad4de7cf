import {
  canInSystem,
  narrowTo,
  narrowToAll,
  type Principal,
  type ProjectAccess,
  type ProjectDirectory,
  projectName,
} from '../access/index.ts';
import { refusalFor } from '../api/index.ts';
import { repositorySignal } from './changes.ts';
import type { OwnersRepository } from './owners.repository.ts';
import { type Topic, topicOfWork } from './topic.ts';

export interface LiveRightsPorts {
  readonly access: Pick<ProjectAccess, 'can'>;
  readonly projects: Pick<ProjectDirectory, 'findPolicy' | 'findPolicyById'>;
  readonly owners: OwnersRepository;
  /** Whether the caller may use this API at all. */
  mayCall(principal: Principal): boolean;
}

/**
 * What to listen for, for a caller that may read what the topic is about. What is not there looks
 * like something that the caller may not see.
 *
 * @param text the topic as the client sent it
 * @throws AppError unauthenticated, denied
 */
export async function authorizeTopic(
  ports: LiveRightsPorts,
  principal: Principal,
  text: string,
  topic: Topic,
): Promise<string> {
  const mayCall = ports.mayCall(principal);
  const signal = mayCall ? await findSignal(ports, principal, text, topic) : undefined;
  if (signal === undefined) throw refusalFor(principal);
  return signal;
}

async function findSignal(
  ports: LiveRightsPorts,
  principal: Principal,
  text: string,
  topic: Topic,
): Promise<string | undefined> {
  if (topic.kind === 'repository') return findRepository(ports, principal, topic.repository);
  return (await mayHear(ports, principal, topic)) ? text : undefined;
}

async function mayHear(
  ports: LiveRightsPorts,
  principal: Principal,
  topic: Exclude<Topic, { kind: 'repository' }>,
): Promise<boolean> {
  switch (topic.kind) {
    case 'projects':
      // Of each project those hear who may see it.
      return true;
    case 'jobs':
      return canInSystem(principal, 'jobservice-monitor', 'list');
    case 'gc':
      return canInSystem(principal, 'garbage-collection', 'read');
    case 'purge-audit':
      return canInSystem(principal, 'purge-audit', 'read');
    case 'project':
      return can(ports, principal, topic.id, 'project');
    case 'retention':
    case 'webhook':
      return mayReadPolicy(ports, principal, topic.kind, topic.id);
    case 'execution': {
      const owner = await ports.owners.findExecutionOwner(topic.id);
      if (owner === undefined) return false;
      return mayHear(ports, principal, topicOfWork(owner.vendorType, owner.vendorId));
    }
  }
}

/** Policies are about all repositories of their project, and so are not for robots of some. */
async function mayReadPolicy(
  ports: LiveRightsPorts,
  principal: Principal,
  kind: 'retention' | 'webhook',
  id: number,
): Promise<boolean> {
  const { owners } = ports;
  const projectId = await (kind === 'retention'
    ? owners.findProjectOfRetention(id)
    : owners.findProjectOfWebhook(id));
  const resource = kind === 'retention' ? 'tag-retention' : 'notification-policy';
  return projectId !== undefined && can(ports, narrowToAll(principal), projectId, resource);
}

async function can(
  { access, projects }: LiveRightsPorts,
  principal: Principal,
  projectId: number,
  resource: string,
): Promise<boolean> {
  const project = await projects.findPolicyById(projectId);
  return project !== undefined && access.can(principal, project, resource, 'read');
}

/** For who may list the artifacts; there need not be a repository yet. */
async function findRepository(
  { access, projects }: LiveRightsPorts,
  principal: Principal,
  repository: string,
): Promise<string | undefined> {
  const name = projectName(repository);
  const project = await projects.findPolicy(name);
  if (project === undefined) return undefined;
  const narrowed = narrowTo(principal, repository.slice(name.length + 1));
  const may = await access.can(narrowed, project, 'artifact', 'list');
  return may ? repositorySignal(project.id, repository) : undefined;
}
