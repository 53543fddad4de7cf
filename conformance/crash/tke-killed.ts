import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { type Caller, createCaller, waitFor } from './http.ts';
import { createRandom, type Random } from './random.ts';
import { type CrashServer, createCrashServer } from './server.ts';
import {
  API,
  age,
  bodyOf,
  kinds,
  type Listed,
  listNotes,
  listObjects,
  listProjects,
  projectOf,
  type TkeKind,
} from './tke-objects.ts';

export interface TkeKillReport {
  /** Creations and deletions that were acknowledged, and requests that a kill cut. */
  readonly created: number;
  readonly deleted: number;
  readonly cut: number;
  /** From the last start until nothing was left to do, in ms. */
  readonly settledMs: number;
  readonly violations: readonly string[];
}

/** What a client was told of a name last; `unknown` when it was told nothing. */
interface Slot {
  readonly kind: TkeKind;
  readonly name: string;
  state: 'absent' | 'present' | 'unknown';
  objectName: string;
  uid: string;
}

const CONFIGURATION = JSON.stringify({
  apiVersion: 'registry.config.tkestack.io/v1',
  kind: 'RegistryConfiguration',
  defaultTenant: 'default',
  domainSuffix: 'registry.example.test',
});
const NAMES = 12;
const LIFE_MS = 1_200;
const SETTLE_LIMIT_MS = 60_000;
/** Of a deletion that came while the name was being made, or of a creation while it still goes. */
const BUSY: ReadonlySet<number> = new Set([404, 409, 422]);

const made = z.looseObject({ metadata: z.looseObject({ name: z.string(), uid: z.string() }) });

/**
 * Makes and deletes Namespaces and ChartGroups while the server is killed again and again. What was
 * acknowledged must be so, and in the end objects, projects and notes of projects must match.
 */
export async function runTkeKills(options: {
  readonly rounds: number;
  readonly seed: string;
}): Promise<TkeKillReport> {
  const directory = await mkdtemp(join(tmpdir(), 'berth-tke-crash-'));
  const file = join(directory, 'tke-registry-config.yaml');
  await writeFile(file, CONFIGURATION);
  await using server = await createCrashServer({ env: { BERTH_TKE_CONFIG: file } });
  try {
    await server.start();
    return await new Kills(server, createRandom(options.seed)).run(options.rounds);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

class Kills {
  readonly #server: CrashServer;
  readonly #random: Random;
  readonly #violations: string[] = [];
  readonly #slots: readonly Slot[] = kinds.flatMap((kind) =>
    Array.from(
      { length: NAMES },
      (_, index): Slot => ({
        kind,
        name: `n${index}`,
        state: 'absent',
        objectName: '',
        uid: '',
      }),
    ),
  );
  #created = 0;
  #deleted = 0;
  #cut = 0;

  constructor(server: CrashServer, random: Random) {
    this.#server = server;
    this.#random = random;
  }

  async run(rounds: number): Promise<TkeKillReport> {
    for (let round = 1; round <= rounds; round += 1) await this.#runRound(round);
    await age(this.#server);
    await this.#server.kill();
    await this.#server.start();
    const caller = createCaller(this.#server.url);
    const settledMs = await this.#settle(caller);
    await this.#checkAll(caller);
    caller.close();
    return {
      created: this.#created,
      deleted: this.#deleted,
      cut: this.#cut,
      settledMs,
      violations: this.#violations,
    };
  }

  async #runRound(round: number): Promise<void> {
    const life = new AbortController();
    const caller = createCaller(this.#server.url);
    const work = this.#slots.map((slot) => this.#work(caller, slot, life.signal));
    await delay(this.#random.between(100, LIFE_MS));
    life.abort();
    await this.#server.kill({ database: round % 2 === 0 });
    await Promise.all(work);
    caller.close();
    await this.#server.start();
    const next = createCaller(this.#server.url);
    await this.#checkAcknowledged(next, round);
    next.close();
  }

  async #work(caller: Caller, slot: Slot, signal: AbortSignal): Promise<void> {
    const random = this.#random.fork(`${slot.kind}/${slot.name}`);
    while (!signal.aborted) {
      await delay(random.between(0, 60));
      try {
        if (slot.state === 'absent') await this.#create(caller, slot);
        else if (slot.state === 'present') await this.#delete(caller, slot);
        else return;
      } catch (error) {
        // The server is gone, and with it the answer.
        slot.state = 'unknown';
        this.#cut += 1;
        if (!signal.aborted) this.#violations.push(`${slot.kind} ${slot.name}: ${String(error)}`);
        return;
      }
    }
  }

  async #create(caller: Caller, slot: Slot): Promise<void> {
    const { status, body } = await caller.call('POST', `${API}/${slot.kind}`, {
      headers: { 'content-type': 'application/json' },
      body: bodyOf(slot.kind, slot.name),
    });
    if (status === 201) {
      const { metadata } = made.parse(JSON.parse(body.toString()));
      Object.assign(slot, { state: 'present', objectName: metadata.name, uid: metadata.uid });
      this.#created += 1;
    } else if (!BUSY.has(status)) this.#complain(slot, 'create', status, body);
  }

  async #delete(caller: Caller, slot: Slot): Promise<void> {
    const path = `${API}/${slot.kind}/${slot.objectName}`;
    const { status, body } = await caller.call('DELETE', path);
    if (status === 200) {
      slot.state = 'absent';
      this.#deleted += 1;
    } else this.#complain(slot, 'delete', status, body);
  }

  #complain({ kind, name }: Slot, what: string, status: number, body: Buffer): void {
    this.#violations.push(`${what} ${kind} ${name}: ${status} ${body.toString().slice(0, 300)}`);
  }

  /** What was acknowledged, right after a start. Some that were cut are cleared up by hand. */
  async #checkAcknowledged(caller: Caller, round: number): Promise<void> {
    const listed = await listObjects(caller);
    const projects = await listProjects(caller);
    for (const slot of this.#slots) {
      const found = listed.find(({ kind, name }) => kind === slot.kind && name === slot.name);
      if (slot.state === 'present') this.#checkPresent(slot, found, projects, round);
      if (slot.state === 'absent' && found !== undefined && !found.isDeleting) {
        this.#violations.push(`round ${round}: ${projectOf(slot)} was deleted, and is there`);
      }
      if (slot.state !== 'unknown' || this.#random.chance(0.3)) continue;
      await this.#clear(caller, slot, found);
    }
  }

  #checkPresent(slot: Slot, found: Listed | undefined, projects: readonly string[], round: number) {
    const project = projectOf(slot);
    if (found?.uid !== slot.uid) this.#violations.push(`round ${round}: ${project} is lost`);
    else if (found.phase !== 'Available' || found.isDeleting) {
      this.#violations.push(`round ${round}: ${project} is ${found.phase}`);
    } else if (!projects.includes(project)) {
      this.#violations.push(`round ${round}: ${project} has lost its project`);
    }
  }

  async #clear(caller: Caller, slot: Slot, found: Listed | undefined): Promise<void> {
    if (found === undefined || found.isDeleting) {
      slot.state = 'absent';
      return;
    }
    slot.objectName = found.objectName;
    await this.#delete(caller, slot);
  }

  async #settle(caller: Caller): Promise<number> {
    return waitFor('nothing is left to do', SETTLE_LIMIT_MS, async () => {
      const listed = await listObjects(caller);
      const isAtRest = listed.every(
        ({ phase, isDeleting }) => phase === 'Available' && !isDeleting,
      );
      const wanted = listed.map(projectOf).toSorted();
      const [projects, notes] = [await listProjects(caller), await listNotes(caller)];
      const isMatched = isDeepStrictEqual([projects, notes], [wanted, wanted]);
      return isAtRest && isMatched;
    }).catch(() => SETTLE_LIMIT_MS);
  }

  async #checkAll(caller: Caller): Promise<void> {
    const listed = await listObjects(caller);
    const projects = await listProjects(caller);
    const notes = await listNotes(caller);
    const wanted = listed.map(projectOf).toSorted();
    for (const each of listed) {
      if (each.phase !== 'Available' || each.isDeleting) {
        this.#violations.push(`${projectOf(each)} stays ${each.phase}`);
      }
    }
    for (const [what, names] of Object.entries({ projects, notes })) {
      const orphans = names.filter((name) => !wanted.includes(name));
      const missing = wanted.filter((name) => !names.includes(name));
      if (orphans.length > 0) this.#violations.push(`${what} of no object: ${orphans.join()}`);
      if (missing.length > 0) this.#violations.push(`objects without ${what}: ${missing.join()}`);
    }
    for (const slot of this.#slots) {
      const isThere = wanted.includes(projectOf(slot));
      if (slot.state !== 'unknown' && isThere !== (slot.state === 'present')) {
        this.#violations.push(`${projectOf(slot)} should be ${slot.state} in the end`);
      }
    }
  }
}
