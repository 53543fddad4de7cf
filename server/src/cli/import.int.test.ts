import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DistributionLayout } from '../../test/distribution-layout.ts';
import {
  ADMIN_PASSWORD,
  basicHeader,
  startTestRegistry,
  type TestRegistry,
} from '../../test/registry.ts';

const MAIN = join(import.meta.dirname, '..', 'main.ts');

let base = '';
let layout: DistributionLayout;
let registry: TestRegistry;

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'berth-import-cli-'));
  layout = new DistributionLayout(join(base, 'volume'));
  registry = await startTestRegistry({
    storage: 'filesystem',
    settings: { storageRoot: layout.root },
  });
  // At its start it looks for storage to take over by itself.
  await vi.waitUntil(async () => (await fetch(`${registry.url}/readyz`)).ok);
});
afterEach(async () => {
  await registry.stop();
  await rm(base, { recursive: true });
});

async function berthImport(...argv: string[]) {
  const { PATH = '' } = process.env;
  const { dataDir, databaseUrl = '' } = registry.config;
  const child = spawn(process.execPath, [MAIN, 'import', 'storage', ...argv], {
    env: {
      PATH,
      BERTH_DATA_DIR: dataDir,
      BERTH_DATABASE_URL: databaseUrl,
      BERTH_STORAGE_ROOT: layout.root,
    },
  });
  child.stdin.end();
  const exit = new Promise((resolve) => child.once('close', resolve));
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await exit, output, errors };
}

describe('berth import storage', () => {
  it('beside a running registry makes its images pullable, and tells what it skipped', async () => {
    const image = await layout.image('nginx', { tags: ['1'] });
    await rm(layout.blobPath((await layout.image('team/bad')).layer.digest));
    const preview = await berthImport('--dry-run', '--json');
    expect(JSON.parse(preview.output)).toMatchObject({ isDryRun: true, artifacts: 1, skipped: 1 });
    const { code, output } = await berthImport();
    expect(code).toBe(1);
    expect(output).toMatch(/^skipped {3}team\/bad@sha256:\w+ \(missing-blob\) its blob/m);
    expect(output).toMatch(/^took over 1 artifacts with 1 tags in 1 repositories/m);
    const headers = {
      authorization: basicHeader('admin', ADMIN_PASSWORD),
      accept: 'application/vnd.oci.image.manifest.v1+json',
    };
    const answer = await fetch(`${registry.url}/v2/library/nginx/manifests/1`, { headers });
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(image.content);
    const url = `${registry.url}/v2/library/nginx/blobs/${image.layer.digest}`;
    const blob = await fetch(url, { headers });
    expect((await blob.arrayBuffer()).byteLength).toBe(image.layer.size);
    expect(await berthImport('--accept-skipped')).toMatchObject({ code: 1 });
  });

  it('says what to do where there is nothing', async () => {
    const { code, errors } = await berthImport('--root', base);
    expect(code).toBe(1);
    expect(errors).toMatch(/^berth: there are no repositories in .*\n$/);
  });
});
