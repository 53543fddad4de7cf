import { randomUUID } from 'node:crypto';
import type { Digest } from '@berth/oci';
import { LRUCache } from 'lru-cache';
import type { DomainEvent } from '../events/index.ts';
import { presentBytes, QuotaExceeded } from './quota-exceeded.ts';
import type { Content, QuotaUsageRepository } from './quota-usage.repository.ts';

/** What is pushed, for the event that tells of a refusal. */
export interface QuotaPush {
  /** The whole name, `project/path`. */
  readonly repository: string;
  readonly actor: { readonly name: string; readonly requestId: string };
  readonly digest?: Digest | undefined;
  readonly tags?: readonly string[] | undefined;
}

/** Bytes in all. */
export interface Demand {
  /** Bytes without which the push cannot go on. */
  readonly needed: number;
  /** Bytes that would save it from asking again soon. */
  readonly wanted: number;
}

/** Keeps projects within their limits. Projects without one cost no question. */
export interface QuotaGate {
  isLimited(projectId: number): Promise<boolean>;
  /**
   * Makes a reservation, or changes it to `bytes` in all. It lasts two minutes from the last call;
   * the commit that counts the bytes deletes it, or `release`.
   *
   * @param id a UUID, of the upload for instance
   * @throws QuotaExceeded; what was reserved before stays
   */
  reserve(projectId: number, id: string, bytes: number, push?: QuotaPush): Promise<void>;
  /** The same for a push of unknown length. @returns bytes reserved in all. @throws QuotaExceeded */
  extend(projectId: number, id: string, demand: Demand, push?: QuotaPush): Promise<number>;
  /** Succeeds when there is no such reservation. */
  release(id: string): Promise<void>;
  /** @throws QuotaExceeded when nothing fits any more */
  checkRoom(projectId: number, push?: QuotaPush): Promise<void>;
  /** Bytes of a blob or manifest that the project has, and that are counted. */
  findSize(projectId: number, digest: Digest): Promise<number | undefined>;
  /**
   * Does the work with room reserved for what the project does not have of these.
   *
   * @throws QuotaExceeded, and then nothing was done
   */
  within<T>(
    projectId: number,
    contents: readonly Content[],
    push: QuotaPush,
    work: () => Promise<T>,
  ): Promise<T>;
  /** Bytes that a push of these would add. */
  missingBytes(projectId: number, contents: readonly Content[]): Promise<number>;
  /** Tells, after a push, that little room is left. */
  warnIfNear(projectId: number, push: QuotaPush): Promise<void>;
  /** What is remembered of one project, or of all. */
  forget(projectId?: number): void;
}

export interface QuotaGatePorts {
  readonly rows: QuotaUsageRepository;
  /** `quota_per_project_enable`. */
  readonly settings: () => { readonly enforced: boolean };
  /** Told of refusals and warnings. Never waits: a refusal does not hang on it. */
  readonly publish: (event: DomainEvent) => void;
}

const RESERVATION_MS = 120_000;
const LIMIT_MS = 30_000;
const MAX_PROJECTS = 10_000;
const WARNING_PERCENT = 85;
/** One event for what a client pushes at once. */
const COALESCE_MS = 1_000;
const MAX_TOLD = 10_000;

export function createQuotaGate(ports: QuotaGatePorts): QuotaGate {
  return new Gate(ports);
}

class Gate implements QuotaGate {
  readonly #ports: QuotaGatePorts;
  /** Hard limits, in bytes. */
  readonly #limits = new LRUCache<number, number>({ max: MAX_PROJECTS, ttl: LIMIT_MS });
  readonly #told = new LRUCache<string, true>({ max: MAX_TOLD, ttl: COALESCE_MS });
  /** Raised when limits are forgotten; one that was read before is not kept after. */
  #generation = 0;

  constructor(ports: QuotaGatePorts) {
    this.#ports = ports;
  }

  async isLimited(projectId: number): Promise<boolean> {
    if (!this.#ports.settings().enforced) return false;
    const known = this.#limits.get(projectId);
    if (known !== undefined) return known !== -1;
    const before = this.#generation;
    const { hard } = await this.#ports.rows.usage(projectId);
    if (before === this.#generation) this.#limits.set(projectId, hard);
    return hard !== -1;
  }

  async reserve(projectId: number, id: string, bytes: number, push?: QuotaPush): Promise<void> {
    await this.extend(projectId, id, { needed: bytes, wanted: bytes }, push);
  }

  async extend(projectId: number, id: string, { needed, wanted }: Demand, push?: QuotaPush) {
    if (!(await this.isLimited(projectId))) return wanted;
    const request = { projectId, id, needed, wanted, lifetimeMs: RESERVATION_MS };
    const { granted, hard, used } = await this.#ports.rows.reserve(request);
    if (granted !== undefined) return granted;
    throw this.#refuse(projectId, new QuotaExceeded({ added: needed, used, hard }), push);
  }

  release(id: string): Promise<void> {
    return this.#ports.rows.release(id);
  }

  async checkRoom(projectId: number, push?: QuotaPush): Promise<void> {
    if (!(await this.isLimited(projectId))) return;
    const { hard, used } = await this.#ports.rows.usage(projectId);
    if (hard === -1 || used < hard) return;
    throw this.#refuse(projectId, new QuotaExceeded({ added: 0, used, hard }), push);
  }

  findSize(projectId: number, digest: Digest): Promise<number | undefined> {
    return this.#ports.rows.findSize(projectId, digest);
  }

  missingBytes(projectId: number, contents: readonly Content[]): Promise<number> {
    return this.#ports.rows.missingBytes(projectId, contents);
  }

  async within<T>(
    projectId: number,
    contents: readonly Content[],
    push: QuotaPush,
    work: () => Promise<T>,
  ): Promise<T> {
    if (!(await this.isLimited(projectId))) return work();
    const bytes = await this.missingBytes(projectId, contents);
    if (bytes === 0) return work();
    const digest = contents.length === 1 ? contents[0]?.digest : undefined;
    const id = randomUUID();
    await this.reserve(projectId, id, bytes, { digest, ...push });
    try {
      return await work();
    } finally {
      // If that fails, it ends by itself; what the work came to is what counts.
      await this.release(id).catch(() => undefined);
    }
  }

  async warnIfNear(projectId: number, push: QuotaPush): Promise<void> {
    if (!(await this.isLimited(projectId))) return;
    const { hard, used } = await this.#ports.rows.usage(projectId);
    if (hard === -1 || used * 100 < hard * WARNING_PERCENT) return;
    const details =
      `quota usage reach ${WARNING_PERCENT}%: resource storage used ${presentBytes(used)} of ` +
      presentBytes(hard);
    this.#tell('QUOTA_WARNING', projectId, push, details);
  }

  forget(projectId?: number): void {
    this.#generation += 1;
    if (projectId === undefined) this.#limits.clear();
    else this.#limits.delete(projectId);
  }

  #refuse(projectId: number, error: QuotaExceeded, push: QuotaPush | undefined): QuotaExceeded {
    if (push !== undefined) this.#tell('QUOTA_EXCEED', projectId, push, error.details);
    return error;
  }

  #tell(
    type: 'QUOTA_EXCEED' | 'QUOTA_WARNING',
    projectId: number,
    { repository, actor, digest, tags = [] }: QuotaPush,
    details: string,
  ): void {
    const key = `${type} ${repository}`;
    if (this.#told.has(key)) return;
    this.#told.set(key, true);
    const { name: operator, requestId } = actor;
    this.#ports.publish({
      type,
      projectId,
      operator,
      requestId,
      repository,
      digest,
      tags,
      details,
    });
  }
}
