import { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { Digest } from '@berth/oci';
import { QuotaExceeded } from './quota-exceeded.ts';
import type { QuotaGate, QuotaPush } from './quota-gate.ts';

/** An upload that asks for room. */
export interface UploadDemand {
  readonly projectId: number;
  /** The upload's, and its reservation's; the commit of the blob deletes that. */
  readonly id: string;
  /** Bytes that are staged. */
  readonly offset: number;
  /** Bytes that are to come; undefined when nobody knows. */
  readonly length: number | undefined;
  /** Of the whole blob, once the client has told it. */
  readonly digest: Digest | undefined;
  readonly push: QuotaPush | undefined;
}

/** How far an upload may go. */
export interface Allowance {
  /** The body, let through only as far as there is room. */
  meter(source: Readable): Readable;
  /** Why the body was cut, if that is why. */
  readonly refusal: QuotaExceeded | undefined;
  /** Renews the reservation if it is old. @throws QuotaExceeded when it ran out */
  renew(): Promise<void>;
  /** Keeps room for bytes that are staged and may become a blob later, and for no more. */
  settle(bytes: number): Promise<void>;
}

/** Counts the bytes that uploads really bring against the quotas of their projects. */
export interface UploadQuota {
  /**
   * To be asked before a body is read.
   *
   * @throws QuotaExceeded when it is known already that there is no room
   */
  admit(demand: UploadDemand): Promise<Allowance>;
  /** Whether an upload is worth starting. @throws QuotaExceeded */
  checkRoom(projectId: number, push?: QuotaPush): Promise<void>;
  /** Ends the reservation of an upload that is over. */
  release(id: string): Promise<void>;
}

/** Bytes asked for at a time when nobody knows how many will come. */
const STEP_BYTES = 4 * 1024 * 1024;
/** A reservation that old is renewed; it lasts two minutes. */
const RENEW_MS = 30_000;

const unlimited: Allowance = {
  refusal: undefined,
  meter: (source) => source,
  renew: () => Promise.resolve(),
  settle: () => Promise.resolve(),
};

/** For a registry without quotas. */
export const unlimitedUploads: UploadQuota = {
  admit: () => Promise.resolve(unlimited),
  checkRoom: () => Promise.resolve(),
  release: () => Promise.resolve(),
};

/** @param now in milliseconds; only differences count */
export function createUploadQuota(
  gate: QuotaGate,
  now: () => number = () => performance.now(),
): UploadQuota {
  return {
    async admit(demand) {
      if (!(await gate.isLimited(demand.projectId))) return unlimited;
      const allowance = new LimitedAllowance(gate, demand, now);
      await allowance.open();
      return allowance;
    },
    checkRoom: (projectId, push) => gate.checkRoom(projectId, push),
    release: (id) => gate.release(id),
  };
}

class LimitedAllowance implements Allowance {
  readonly #gate: QuotaGate;
  readonly #demand: UploadDemand;
  readonly #now: () => number;
  /** How many bytes the upload may have in all. */
  #granted = 0;
  /** When the reservation was made or renewed; undefined while none is needed. */
  #reservedAt: number | undefined;
  #refusal: QuotaExceeded | undefined;

  constructor(gate: QuotaGate, demand: UploadDemand, now: () => number) {
    this.#gate = gate;
    this.#demand = demand;
    this.#now = now;
  }

  get refusal(): QuotaExceeded | undefined {
    return this.#refusal;
  }

  async open(): Promise<void> {
    const { projectId, digest, offset, length = 0 } = this.#demand;
    // What the project has is counted already, and costs nothing again.
    if (digest !== undefined) {
      this.#granted = (await this.#gate.findSize(projectId, digest)) ?? 0;
    }
    const total = offset + length;
    if (total > this.#granted) await this.#extend(total, total);
  }

  meter(source: Readable): Readable {
    return Readable.from(this.#pass(source));
  }

  async *#pass(source: Readable): AsyncGenerator<Buffer> {
    let reached = this.#demand.offset;
    // The connection of a refused request is still there to be answered on.
    for await (const chunk of source.iterator({ destroyOnReturn: false })) {
      reached += chunk.length;
      if (reached > this.#granted) await this.#extend(reached, reached + STEP_BYTES);
      else await this.renew();
      yield chunk;
    }
    // Node ends a request it cut itself without an error.
    if (source instanceof IncomingMessage && !source.complete) {
      throw new Error('the request ended before its body');
    }
  }

  async renew(): Promise<void> {
    if (this.#reservedAt === undefined || this.#now() - this.#reservedAt < RENEW_MS) return;
    await this.#extend(this.#granted, this.#granted);
  }

  async settle(bytes: number): Promise<void> {
    if (this.#reservedAt === undefined || this.#granted === bytes) return;
    if (bytes === 0) await this.#gate.release(this.#demand.id);
    else if (this.#refusal === undefined) await this.#extend(bytes, bytes);
  }

  async #extend(needed: number, wanted: number): Promise<void> {
    const { projectId, id, push } = this.#demand;
    try {
      this.#granted = await this.#gate.extend(projectId, id, { needed, wanted }, push);
      this.#reservedAt = this.#now();
    } catch (error) {
      if (error instanceof QuotaExceeded) this.#refusal = error;
      throw error;
    }
  }
}
