import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { digestOf } from '@berth/oci';
import { stringify } from 'yaml';
import { type ChartMetadata, createChartReader, parseProvenance } from '../../../helm/index.ts';

interface Kept {
  readonly metadata: ChartMetadata;
  readonly archive: Buffer;
  readonly created: string;
  provenance?: Buffer;
}

type Answer = {
  readonly status: number;
  readonly content?: unknown;
  readonly headers?: Record<string, string>;
};

/**
 * As much of a Harbor 2.1 as charts need (reference §4.7), in memory: lists are arrays, deletions
 * answer without a body, and versions are overwritten unless somebody looks first.
 */
export async function startChartMuseumStub() {
  const stub = new Stub();
  const server = createServer((request, response) => {
    const give = async () => {
      const { status, content, headers = {} } = await stub.answer(request);
      response.writeHead(status, headers);
      const isRaw = content instanceof Buffer || typeof content === 'string';
      response.end(content === undefined || isRaw ? content : JSON.stringify(content));
    };
    give().catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    /** `GET /path` of all requests, in their order. */
    calls: stub.calls,
    async close() {
      await stub.reader.close();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

class Stub {
  readonly calls: string[] = [];
  readonly reader = createChartReader();
  /** Versions by `name version`, of each project. */
  readonly #projects = new Map<string, Map<string, Kept>>();
  #generated = 0;

  async answer(request: IncomingMessage): Promise<Answer> {
    const { method = '', url = '' } = request;
    this.calls.push(`${method} ${url}`);
    const { pathname, searchParams } = new URL(url, 'http://stub');
    const body = await buffer(request);
    if (pathname.startsWith('/api/v2.0/'))
      return this.#manage(method, pathname, searchParams, body);
    const [, area, ...rest] = pathname.split('/').map(decodeURIComponent);
    const path = area === 'api' ? rest.slice(1) : rest;
    const [project = '', ...below] = path;
    const charts = this.#projects.get(project);
    if (charts === undefined) return { status: 404 };
    if (area === 'chartrepo') return this.#download(charts, below, request);
    if (method === 'POST') return this.#save(charts, below[0] ?? '', request, body);
    return method === 'GET' ? this.#tell(charts, below) : this.#remove(charts, below);
  }

  #manage(method: string, pathname: string, query: URLSearchParams, body: Buffer): Answer {
    if (pathname.includes('/repositories')) return { status: 200, content: [] };
    if (method === 'HEAD') {
      return { status: this.#projects.has(query.get('project_name') ?? '') ? 200 : 404 };
    }
    const name = pathname.split('/')[4] ?? '';
    const names = [...this.#projects.keys()];
    if (method === 'GET') {
      const project_id = names.indexOf(name) + 1;
      return { status: project_id === 0 ? 404 : 200, content: { name, project_id } };
    }
    if (method === 'DELETE') {
      const found = names[Number(name) - 1] ?? '';
      if ((this.#projects.get(found)?.size ?? 0) > 0) return { status: 412 };
      return { status: this.#projects.delete(found) ? 200 : 404 };
    }
    this.#projects.set(JSON.parse(body.toString()).project_name, new Map());
    return { status: 201 };
  }

  #download(charts: Map<string, Kept>, below: string[], request: IncomingMessage): Answer {
    if (below[0] === 'index.yaml') return this.#index(charts, request);
    for (const { metadata, archive, provenance } of charts.values()) {
      const file = `${metadata.name}-${metadata.version}.tgz`;
      if (below[1] === file) return { status: 200, content: archive };
      if (below[1] === `${file}.prov` && provenance) return { status: 200, content: provenance };
    }
    return { status: 404, content: { error: 'not found' } };
  }

  #index(charts: Map<string, Kept>, request: IncomingMessage): Answer {
    const entries: Record<string, object[]> = {};
    for (const kept of charts.values()) (entries[kept.metadata.name] ??= []).push(entryOf(kept));
    const etag = `"${digestOf(Buffer.from(JSON.stringify(entries)))}"`;
    if (request.headers['if-none-match'] === etag) return { status: 304 };
    this.#generated += 1;
    const generated = new Date(this.#generated * 1000).toISOString();
    const content = stringify({ apiVersion: 'v1', entries, generated, serverInfo: {} });
    return { status: 200, content, headers: { etag } };
  }

  #tell(charts: Map<string, Kept>, [, name, version]: string[]): Answer {
    const all = [...charts.values()];
    if (name === undefined) {
      const names = new Set(all.map(({ metadata }) => metadata.name));
      return { status: 200, content: [...names].map((name) => ({ name, total_versions: 1 })) };
    }
    const own = all.filter(({ metadata }) => metadata.name === name);
    const wanted = own.filter(
      ({ metadata }) => version === undefined || metadata.version === version,
    );
    if (wanted.length === 0) return { status: 404, content: { error: 'not found' } };
    const content = version === undefined ? wanted.map(entryOf) : { metadata: wanted[0]?.metadata };
    return { status: 200, content };
  }

  async #save(
    charts: Map<string, Kept>,
    what: string,
    request: IncomingMessage,
    body: Buffer,
  ): Promise<Answer> {
    const type = request.headers['content-type'] ?? '';
    const form = await new Response(new Uint8Array(body), {
      headers: { 'content-type': type },
    }).formData();
    const read = async (field: string) => {
      const part = form.get(field);
      return part instanceof File ? Buffer.from(await part.arrayBuffer()) : undefined;
    };
    const [archive, provenance] = [await read('chart'), await read('prov')];
    if (what === 'prov' && provenance !== undefined) {
      const { name, version } = parseProvenance(provenance);
      const kept = charts.get(`${name} ${version}`);
      if (kept !== undefined) kept.provenance = provenance;
      return { status: 201, content: { saved: true } };
    }
    if (archive === undefined) return { status: 400, content: { error: 'no chart' } };
    const metadata = await this.reader.readMetadata(archive);
    const created = new Date().toISOString();
    const kept = { metadata, archive, created, ...(provenance && { provenance }) };
    charts.set(`${metadata.name} ${metadata.version}`, kept);
    return { status: 201, content: { saved: true } };
  }

  #remove(charts: Map<string, Kept>, [, name, version]: string[]): Answer {
    const keys = [...charts.keys()].filter((key) =>
      version === undefined ? key.startsWith(`${name} `) : key === `${name} ${version}`,
    );
    for (const key of keys) charts.delete(key);
    return { status: keys.length === 0 ? 404 : 200 };
  }
}

function entryOf({ metadata, archive, created }: Kept): object {
  const urls = [`charts/${metadata.name}-${metadata.version}.tgz`];
  return { ...metadata, created, digest: digestOf(archive).slice('sha256:'.length), urls };
}
