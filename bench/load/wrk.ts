import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Load, LoadResult, ReadOperation } from './load.ts';

const execute = promisify(execFile);

/** Whether Debian's `wrk` can be used; it costs a fraction of what a generator in JavaScript does. */
export async function hasWrk(): Promise<boolean> {
  return execute('wrk', ['-v']).then(
    () => true,
    // `wrk -v` prints its version and leaves with 1.
    (error: unknown) => error instanceof Error && 'code' in error && error.code === 1,
  );
}

/**
 * Runs a read load with wrk. Every answer must be below 400 and, where the load says how long
 * bodies are, the bytes received must be enough for all of them. Rejects otherwise.
 */
export async function runWrk(
  load: Load & { operation: ReadOperation; until: { seconds: number } },
): Promise<LoadResult> {
  const directory = await mkdtemp(join(tmpdir(), 'berth-wrk-'));
  try {
    const script = join(directory, 'load.lua');
    await writeFile(script, formatScript(load));
    const { stdout } = await execute('wrk', [
      '-t1',
      `-c${load.connections}`,
      `-d${Math.max(1, Math.round(load.until.seconds))}s`,
      '--timeout=20s',
      `-s${script}`,
      `http://${load.address.host}:${load.address.port}/`,
    ]);
    return parseResult(stdout, load.operation);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The Lua script: requests as finished strings, and the totals as one line at the end. */
export function formatScript(load: Load & { operation: ReadOperation }): string {
  const { method, paths, order, etags = [] } = load.operation;
  const headers = Object.entries(load.headers)
    .map(([name, value]) => `[${quote(name)}]=${quote(value)}`)
    .join(',');
  return `local paths = {${paths.map(quote).join(',')}}
local etags = {${etags.map(quote).join(',')}}
local order = {${order.map((index) => index + 1).join(',')}}
local requests = {}
local position = 0
function init()
  for index, path in ipairs(paths) do
    local headers = {${headers}}
    headers["if-none-match"] = etags[index]
    requests[index] = wrk.format(${quote(method)}, path, headers)
  end
end
function request()
  position = position % #order + 1
  return requests[order[position]]
end
function done(summary, latency)
  local e = summary.errors
  io.write(string.format("RESULT %d %d %d %d %d %d %d\\n", summary.requests, summary.duration,
    summary.bytes, e.connect + e.read + e.write + e.timeout + e.status,
    latency:percentile(50), latency:percentile(95), latency:percentile(99)))
end
`;
}

function quote(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&')}"`;
}

/** Reads the line that the script printed; times in it are microseconds. Throws when the run is void. */
export function parseResult(output: string, operation: ReadOperation): LoadResult {
  const line = /^RESULT ([\d ]+)$/m.exec(output)?.[1];
  if (line === undefined) throw new Error(`wrk said: ${output.slice(-300)}`);
  const [operations = 0, duration = 0, bytes = 0, errors = 0, ...latency] = line
    .split(' ')
    .map(Number);
  const [p50 = 0, p95 = 0, p99 = 0] = latency;
  if (errors > 0) throw new Error(`wrk counted ${errors} failed requests`);
  if (operations === 0) throw new Error('wrk completed no request');
  const body = operation.method === 'GET' ? (operation.bytes ?? 0) : 0;
  if (bytes < operations * body) {
    throw new Error(`${bytes} bytes for ${operations} answers of ${body} bytes`);
  }
  return {
    operations,
    seconds: duration / 1e6,
    bytes: operations * body,
    p50Ms: p50 / 1000,
    p95Ms: p95 / 1000,
    p99Ms: p99 / 1000,
    marks: [],
  };
}
