import type { Readable } from 'node:stream';
import { type Principal, type ProjectPolicy, principalKey } from '../access/index.ts';
import type { Notifications } from '../db/index.ts';
import { AppError } from '../lib/index.ts';
import type { Log } from '../telemetry/index.ts';
import type { Audiences } from './audience.ts';
import { type Changes, GONE } from './changes.ts';
import type { LiveHub } from './live-hub.ts';
import { authorizeTopic, type LiveRightsPorts } from './live-rights.ts';
import type { EndReason } from './live-stream.ts';
import type { ReplicaTeller } from './replica-teller.ts';
import type { Topic } from './topic.ts';

/** Who wants to hear of what. */
export interface Subscription {
  readonly principal: Principal;
  /** Whom anonymous callers count for. */
  readonly addressGroup: string;
  /** By the text that the client sent. */
  readonly topics: ReadonlyMap<string, Topic>;
  /** Who calls, as its credentials tell now. @throws AppError unauthenticated */
  identify(): Promise<Principal>;
}

/** Tells pages that something they show has changed. */
export interface LiveService {
  /** @throws AppError invalid, unauthenticated, denied, too-many */
  subscribe(subscription: Subscription): Promise<Readable>;
  /** Something was changed by this process, and is committed. */
  tell(changes: Changes): void;
  /** A project was made, changed or deleted, here or by another replica. */
  noteProject(name: string): void;
  /** Hears what other replicas tell. */
  follow(notifications: Notifications): void;
  /** Ends all streams. */
  close(): void;
}

export interface LivePorts extends LiveRightsPorts {
  readonly hub: LiveHub;
  readonly audiences: Audiences;
  /** Undefined when there are no other replicas. */
  readonly teller: ReplicaTeller | undefined;
  readonly log: Log;
}

const MAX_TOPICS = 20;
const PROJECTS = 'projects';

export function createLiveService(ports: LivePorts): LiveService {
  return new Live(ports);
}

class Live implements LiveService {
  readonly #ports: LivePorts;

  constructor(ports: LivePorts) {
    this.#ports = ports;
  }

  async subscribe(subscription: Subscription): Promise<Readable> {
    const { principal, addressGroup, topics } = subscription;
    if (topics.size > MAX_TOPICS) {
      throw new AppError('invalid', `topics: at most ${MAX_TOPICS}`);
    }
    const signals = await this.#authorize(principal, topics);
    return this.#ports.hub.open({
      principal,
      signals,
      owner: principal.kind === 'anonymous' ? addressGroup : principalKey(principal),
      review: () => this.#review(subscription, signals),
    });
  }

  tell(changes: Changes): void {
    this.#notify(changes);
    this.#ports.teller?.tell(changes);
  }

  noteProject(name: string): void {
    if (this.#ports.hub.isEmpty) return this.#ports.audiences.forgetAll();
    void this.#noteProject(name).catch((error: unknown) => {
      this.#ports.log.warn({ err: error }, 'a changed project could not be told of');
    });
  }

  follow(notifications: Notifications): void {
    const { hub, audiences } = this.#ports;
    this.#ports.teller?.follow(notifications, (changes) => {
      if (changes !== 'any') return this.#notify(changes);
      audiences.forgetAll();
      hub.notifyAll();
    });
  }

  close(): void {
    this.#ports.teller?.stop();
    this.#ports.hub.close();
  }

  async #authorize(
    principal: Principal,
    topics: ReadonlyMap<string, Topic>,
  ): Promise<Map<string, string>> {
    const signals = new Map<string, string>();
    for (const [text, topic] of topics) {
      signals.set(await authorizeTopic(this.#ports, principal, text, topic), text);
    }
    return signals;
  }

  async #review(
    { principal: before, topics, identify }: Subscription,
    signals: ReadonlyMap<string, string>,
  ): Promise<Principal | EndReason> {
    try {
      const principal = await identify();
      if (principalKey(principal) !== principalKey(before)) return 'unauthenticated';
      const now = await this.#authorize(principal, topics);
      // A project that was made again under its name is another one.
      return [...now.keys()].every((signal) => signals.has(signal)) ? principal : 'forbidden';
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      if (error.kind === 'unauthenticated') return error.kind;
      if (error.kind === 'denied') return 'forbidden';
      throw error;
    }
  }

  #notify({ signals, projectIds }: Changes): void {
    const { hub } = this.#ports;
    for (const signal of signals) hub.notify(signal);
    if (!hub.hears(PROJECTS)) return;
    for (const id of projectIds) void this.#notifyAudience(id);
  }

  async #notifyAudience(projectId: number): Promise<void> {
    const { hub, audiences, log } = this.#ports;
    try {
      const audience = await audiences.find(projectId);
      hub.notify(PROJECTS, audience);
    } catch (error) {
      log.warn({ err: error }, 'who may hear of a project could not be found');
    }
  }

  async #noteProject(name: string): Promise<void> {
    const { projects, audiences } = this.#ports;
    const project: ProjectPolicy | undefined = await projects.findPolicy(name);
    if (project === undefined) return this.#notify(changeOf(GONE));
    audiences.forget(project.id);
    this.#notify(changeOf(project.id));
  }
}

function changeOf(projectId: number): Changes {
  const signals = new Set(projectId === GONE ? [] : [`project:${projectId}`]);
  return { signals, projectIds: new Set([projectId]) };
}
