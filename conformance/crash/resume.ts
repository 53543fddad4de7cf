import { request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { type Digest, digestOf } from '@berth/oci';
import { authorization, type Caller, createCaller, createProject, locationOf } from './http.ts';
import { contentOf, createRandom, type Random } from './random.ts';
import { type CrashServer, createCrashServer } from './server.ts';

export interface ResumeOptions {
  readonly cuts: number;
  /** Bytes of one blob, and of one chunk. */
  readonly size: number;
  readonly chunk: number;
  readonly seed: string;
}

export interface ResumeReport {
  readonly cuts: number;
  readonly kills: number;
  /** How often bytes from before a cut arrived after the server had told the offset. */
  readonly overtaken: number;
  /** Sessions lost with the database before a byte was acknowledged. */
  readonly begunAgain: number;
  readonly blobs: number;
  /** The most bytes that had to be sent again after one cut, in chunks and in one stream. */
  readonly mostSentAgain: { readonly chunked: number; readonly streamed: number };
  readonly violations: readonly string[];
}

const REPOSITORY = 'resume/blobs';
const KILL_SHARE = 0.2;
/** Cuts of one upload; then it is let through, so that there are more than one. */
const CUTS_PER_BLOB = 12;

/** Pushes blobs over connections that break and servers that die, and goes on where it is told. */
export async function runResume(options: ResumeOptions): Promise<ResumeReport> {
  await using server = await createCrashServer();
  await server.start();
  const setup = createCaller(server.url);
  await createProject(setup, REPOSITORY.split('/')[0] ?? '');
  setup.close();
  const state: State = {
    server,
    options,
    random: createRandom(options.seed),
    caller: createCaller(server.url),
    left: options.cuts,
    kills: 0,
    overtaken: 0,
    begunAgain: 0,
    violations: [],
    most: { chunked: 0, streamed: 0 },
  };
  let blobs = 0;
  while (state.left > 0) {
    await pushCut(state, blobs, blobs % 3 === 2 ? 'streamed' : 'chunked');
    blobs += 1;
  }
  state.caller.close();
  const { kills, overtaken, begunAgain, violations, most } = state;
  return {
    cuts: options.cuts,
    kills,
    overtaken,
    begunAgain,
    blobs,
    violations,
    mostSentAgain: most,
  };
}

type Mode = 'chunked' | 'streamed';

interface State {
  readonly server: CrashServer;
  readonly options: ResumeOptions;
  readonly random: Random;
  readonly violations: string[];
  readonly most: Record<Mode, number>;
  caller: Caller;
  left: number;
  kills: number;
  overtaken: number;
  begunAgain: number;
}

/** Pushes one blob to the end, however often it is cut. */
async function pushCut(state: State, index: number, mode: Mode): Promise<void> {
  const { options, random, violations } = state;
  const bytes = contentOf(`${options.seed}/resume-${index}`, options.size);
  const digest = digestOf(bytes);
  let path = await openSession(state);
  let offset = 0;
  /** How far it was ever sent. */
  let reach = 0;
  let cuts = Math.min(state.left, CUTS_PER_BLOB);
  while (offset < bytes.length) {
    const end = mode === 'streamed' ? bytes.length : Math.min(bytes.length, offset + options.chunk);
    const body = bytes.subarray(offset, end);
    // Spread over the whole blob: about every second chunk is cut.
    if (cuts === 0 || (mode === 'chunked' && random.chance(0.5))) {
      offset = await sendChunk(state, path, body, offset);
      continue;
    }
    cuts -= 1;
    const cut = chooseCut(state, body.length, mode);
    const isFirst = reach === 0;
    reach = Math.max(reach, offset + cut.after);
    const told = await cutChunk(state, path, { body, offset, cut, mode, reach, isFirst });
    if (told === undefined) {
      path = await openSession(state);
      reach = 0;
    }
    offset = told ?? 0;
  }
  await finish(state, path, { digest, bytes, isCut: random.chance(0.5) && state.left > 0 });
  const stored = await state.caller.call('GET', `/v2/${REPOSITORY}/blobs/${digest}`);
  if (stored.status !== 200 || digestOf(stored.body) !== digest) {
    violations.push(`blob ${index}: ${stored.status}, ${stored.body.length} bytes after resuming`);
  }
}

interface Attempt {
  readonly body: Buffer;
  readonly offset: number;
  readonly cut: Cut;
  readonly mode: Mode;
  /** Later ones name their range: bytes of an earlier one may still be on their way. */
  readonly isFirst: boolean;
}

async function openSession({ caller, server }: State): Promise<string> {
  const opened = await caller.call('POST', `/v2/${REPOSITORY}/blobs/uploads/`);
  return locationOf(opened, server.url);
}

interface Cut {
  readonly kind: 'close' | 'reset' | 'kill';
  /** Bytes handed to the connection before it. */
  readonly after: number;
}

function chooseCut({ random, options }: State, length: number, mode: Mode): Cut {
  const kind = random.chance(KILL_SHARE) ? 'kill' : random.chance(0.5) ? 'close' : 'reset';
  // A fifth right after the last byte, while the server makes it durable.
  const isLate = mode === 'chunked' && random.chance(0.2);
  const most = mode === 'streamed' ? Math.min(length - 1, options.chunk * 3) : length - 1;
  return { kind, after: isLate ? length : random.between(0, most) };
}

/** @returns where to go on */
async function sendChunk(state: State, path: string, body: Buffer, offset: number) {
  const answer = await state.caller.call('PATCH', path, { headers: rangeOf(body, offset), body });
  if (answer.status === 202) return offset + body.length;
  // What was sent before the last cut may arrive after the server was asked; then it says so.
  const told = parseRange(String(answer.headers.range), offset);
  if (answer.status === 416 && told > offset && told <= offset + body.length) {
    state.overtaken += 1;
    return told;
  }
  throw new Error(`a chunk at ${offset} was answered ${answer.status}: ${answer.body.toString()}`);
}

/** Sends a part of the body, breaks off, and asks where to go on. Undefined: cannot go on. */
async function cutChunk(
  state: State,
  path: string,
  work: Attempt & { reach: number },
): Promise<number | undefined> {
  const { server, violations } = state;
  const { body, offset, cut, mode, reach } = work;
  state.left -= 1;
  await sendPart(`${server.url}${path}`, work, async () => {
    if (cut.kind === 'kill') await restart(state);
  });
  const status = await state.caller.call('GET', path);
  const what = `${mode} upload, ${cut.kind} after ${cut.after} of ${body.length} at ${offset}`;
  // A session in which nothing was acknowledged may be lost with the database (its row is not
  // waited for); the client then begins again.
  const mayBeLost = offset === 0 && cut.kind === 'kill' && isDatabaseKilled(state);
  if (status.status === 404 && mayBeLost) {
    state.begunAgain += 1;
    return undefined;
  }
  if (status.status !== 204) {
    violations.push(`${what}: the session is ${status.status}`);
    return undefined;
  }
  const told = parseRange(String(status.headers.range), offset);
  const again = offset + cut.after - told;
  // A stream's bytes count once the server has seen the end of it, so a killed one keeps none.
  if (mode === 'chunked' || cut.kind === 'close')
    state.most[mode] = Math.max(state.most[mode], again);
  if (told < offset) violations.push(`${what}: acknowledged bytes are gone, told ${told}`);
  if (told > reach) violations.push(`${what}: told ${told}, more than was sent`);
  if (mode === 'chunked' && again > state.options.chunk) {
    violations.push(`${what}: ${again} bytes to send again`);
  }
  return told;
}

/** "0-0" stands for no byte as well as for one; nothing here sends single bytes. */
function parseRange(range: string, offset: number): number {
  const last = Number(range.split('-')[1]);
  if (!Number.isSafeInteger(last)) throw new Error(`no range: ${range}`);
  return last === 0 ? Math.min(offset, 1) : last + 1;
}

/** Hands `cut.after` bytes to a connection of its own and then ends it as the cut says. */
async function sendPart(
  url: string,
  { body, offset, cut, mode, isFirst }: Attempt,
  onCut: () => Promise<void>,
): Promise<void> {
  const headers =
    mode === 'streamed' && isFirst
      ? {}
      : { ...rangeOf(body, offset), 'content-length': body.length };
  const sent = request(url, {
    method: 'PATCH',
    agent: false,
    headers: {
      authorization: authorization(),
      'content-type': 'application/octet-stream',
      ...headers,
    },
  });
  sent.on('error', () => undefined);
  sent.on('response', (response) => response.resume().on('error', () => undefined));
  await new Promise<void>((resolve) => {
    // Zero bytes never come back as written.
    if (cut.after === 0) sent.flushHeaders();
    sent.write(body.subarray(0, Math.max(cut.after, 1)), () => resolve());
    sent.once('close', resolve);
  });
  // Let some of it arrive: a reset throws away what is still on its way.
  await delay(cut.after % 7);
  await onCut();
  if (cut.kind === 'reset') sent.socket?.resetAndDestroy();
  sent.destroy();
}

/** Whether the last kill took PostgreSQL along, as every second one does. */
function isDatabaseKilled({ kills }: State): boolean {
  return kills % 2 === 0;
}

async function restart(state: State): Promise<void> {
  state.kills += 1;
  state.caller.close();
  await state.server.kill({ database: isDatabaseKilled(state) });
  await state.server.start();
  state.caller = createCaller(state.server.url);
}

/** The closing PUT; when it is cut, the client sends it again, as clients do. */
async function finish(
  state: State,
  path: string,
  { digest, bytes, isCut }: { digest: Digest; bytes: Buffer; isCut: boolean },
): Promise<void> {
  const { random, server, violations } = state;
  const put = () => state.caller.call('PUT', `${path}?digest=${digest}`, { body: Buffer.alloc(0) });
  if (isCut) {
    state.left -= 1;
    const closing = put().catch(() => undefined);
    await delay(random.between(0, 15));
    await server.kill();
    await closing;
    await server.start();
    state.kills += 1;
    state.caller.close();
    state.caller = createCaller(server.url);
    const found = await state.caller.call('HEAD', `/v2/${REPOSITORY}/blobs/${digest}`);
    if (found.status === 200) return;
  }
  const answer = await put();
  if (answer.status === 201) return;
  violations.push(
    `closing ${bytes.length} bytes${isCut ? ' again after a kill' : ''}: ` +
      `${answer.status} ${answer.body.toString()}`,
  );
}

function rangeOf(body: Buffer, offset: number): Record<string, string> {
  return { 'content-range': `${offset}-${offset + body.length - 1}` };
}

export function describeResume({ mostSentAgain: most, ...report }: ResumeReport): string {
  const head =
    `resume: ${report.cuts} cuts (${report.kills} by kill -9) of ${report.blobs} blobs; sent again ` +
    `at most ${most.chunked} bytes in chunks, ${most.streamed} in a stream; ` +
    `${report.overtaken} overtaken; ${report.begunAgain} begun again; ` +
    `${report.violations.length} violations`;
  return [head, ...report.violations.map((text) => `  ${text}`)].join('\n');
}
