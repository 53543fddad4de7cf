import type { Descriptor, Digest } from '@berth/oci';
import { LRUCache } from 'lru-cache';
import { createKeyedMutex } from '../../lib/index.ts';
import { attempt } from './attempt.ts';
import type { Gate } from './bounded.ts';
import type { RepositoryPair } from './image-repository.ts';
import type { MigrationTally } from './migration-tally.ts';
import type { Throttle } from './throttle.ts';

export interface BlobMoverPorts {
  readonly tally: MigrationTally;
  readonly throttle: Throttle;
  /** Lets blobs through at once, over all repositories. */
  readonly gate: Gate;
  readonly signal: AbortSignal;
  readonly pausesMs?: readonly number[] | undefined;
}

const MAX_PLACES = 100_000;

/** Brings blobs over: not at all when they are there, by a mount where it can, as a stream else. */
export class BlobMover {
  readonly #ports: BlobMoverPorts;
  readonly #mutex = createKeyedMutex();
  /** A repository of the tenant that has the blob, at the destination. */
  readonly #places = new LRUCache<string, string>({ max: MAX_PLACES });

  constructor(ports: BlobMoverPorts) {
    this.#ports = ports;
  }

  /** @throws RegistryError, or what fetch throws */
  ensure(pair: RepositoryPair, blob: Descriptor): Promise<void> {
    const key = `${pair.tenant} ${blob.digest}`;
    const { gate, signal, pausesMs } = this.#ports;
    return this.#mutex.run(key, () =>
      gate.pass(() => attempt(() => this.#ensure(pair, blob.digest, key), signal, pausesMs)),
    );
  }

  async #ensure(pair: RepositoryPair, digest: Digest, key: string): Promise<void> {
    const { signal, tally } = this.#ports;
    signal.throwIfAborted();
    const { client, name } = pair.to;
    const place = this.#places.get(key);
    if ((await client.blobFind(name, digest, { signal })) === undefined) {
      const isMounted =
        place !== undefined &&
        place !== name &&
        (await client.blobMount(name, digest, place, { signal }));
      if (isMounted) tally.add({ mounted: 1 });
      else await this.#send(pair, digest);
    }
    if (place === undefined) this.#places.set(key, name);
  }

  async #send({ from, to }: RepositoryPair, digest: Digest): Promise<void> {
    const { signal, tally, throttle } = this.#ports;
    const { size, stream } = await from.client.blobStream(from.name, digest, { signal });
    try {
      const content = throttle.slow(stream);
      await to.client.blobPush(to.name, digest, content, { size, signal });
    } catch (error) {
      // A refusal leaves the stream, and the connection to the source, open.
      if (!stream.locked) await stream.cancel();
      throw error;
    }
    tally.add({ blobs: 1, bytes: size });
  }
}
