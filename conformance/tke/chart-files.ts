import { gzipSync } from 'node:zlib';
import { packTar } from 'modern-tar';
import type { Answer } from './http.ts';
import type { TkeCall, TkeWorld } from './world.ts';

export interface ChartFields {
  readonly description?: string;
  readonly appVersion?: string;
  readonly icon?: string;
  readonly keywords?: readonly string[];
}

/** A chart as `helm package` makes it. */
export async function packChart(
  name: string,
  version: string,
  fields: ChartFields = {},
): Promise<Buffer> {
  const files = {
    'Chart.yaml': JSON.stringify({
      apiVersion: 'v2',
      name,
      version,
      type: 'application',
      ...fields,
    }),
    'values.yaml': 'replicas: 1\n',
    'README.md': `# ${name}\n`,
    'templates/service.yaml': 'apiVersion: v1\nkind: Service\n',
  };
  const entries = Object.entries(files).map(([path, body]) => ({
    header: {
      name: `${name}/${path}`,
      size: Buffer.byteLength(body),
      type: 'file' as const,
      mtime: new Date(0),
    },
    body,
  }));
  return gzipSync(Buffer.from(await packTar(entries)));
}

/** As `helm package --sign` makes it, with a signature that does not hold. */
export function signChart(name: string, version: string): Buffer {
  return Buffer.from(
    `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nname: ${name}\nversion: ${version}\n\n...\n-----BEGIN PGP SIGNATURE-----\n\nx\n-----END PGP SIGNATURE-----\n`,
  );
}

/** POSTs a form, as helm-push does; files by the names of their parts. */
export async function postForm(
  world: TkeWorld,
  path: string,
  files: Readonly<Record<string, Buffer>>,
  call: TkeCall = {},
): Promise<Answer> {
  const form = new FormData();
  for (const [part, bytes] of Object.entries(files)) {
    const name = part === 'prov' ? 'chart.tgz.prov' : 'chart.tgz';
    form.append(part, new Blob([new Uint8Array(bytes)]), name);
  }
  const { headers, body } = await encode(form);
  return world.call(path, {
    ...call,
    method: 'POST',
    headers: { ...call.headers, ...headers },
    body,
  });
}

/** Uploads a chart made for it. */
export async function uploadChart(
  world: TkeWorld,
  group: string,
  { name, version, ...fields }: ChartFields & { name: string; version: string },
  call: TkeCall = { as: 'admin' },
): Promise<Answer> {
  const chart = await packChart(name, version, fields);
  return postForm(world, `/chart/api/${group}/charts`, { chart }, call);
}

async function encode(form: FormData): Promise<{ headers: Record<string, string>; body: Buffer }> {
  const encoded = new Response(form);
  const body = Buffer.from(await encoded.arrayBuffer());
  return { headers: { 'content-type': encoded.headers.get('content-type') ?? '' }, body };
}
