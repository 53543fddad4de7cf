import { digestOf, mediaType } from '@berth/oci';
import { afterAll, describe, expect, it } from 'vitest';
import { tgzOf } from '../../server/src/archives/tar-archive.fixture.ts';
import {
  addBlob,
  addImage,
  addIndex,
  addPlatforms,
  createBytes,
  createDataSet,
  encodeJson,
} from '../data.ts';
import { emptyConfig } from '../data-kinds.ts';
import { pushBuilt, pushSet, pushTagged, repositoryPaths } from './content.ts';
import { contentModels } from './content-models.ts';
import {
  expectCreated,
  expectDone,
  expectItems,
  expectModel,
  expectPage,
  expectRefusal,
  fieldOf,
} from './model.ts';
import { openWorld } from './world.ts';

// Acceptance items of Harbor's own tests (harbor.md §10.1) about artifacts.

const world = await openWorld();
afterAll(() => world.registry.close());
const { admin, registry } = world;

async function listTypes(path: string): Promise<unknown[]> {
  return expectPage(await admin('GET', path), contentModels.artifact).map(({ type }) => type);
}

describe('A-04 a label of the system on an artifact', () => {
  it('is shown with_label=true, and only then', async () => {
    const app = repositoryPaths((await world.createProject()).name, 'app');
    await pushTagged(registry, app.name, 'latest');
    const body = { name: 'a-04', scope: 'g', color: '#ff0000' };
    const id = expectCreated(await admin('POST', '/labels', { body }));
    const path = app.artifact('latest');
    expectDone(await admin('POST', `${path}/labels`, { body: { id } }));
    const shown = await admin('GET', path, { query: { with_label: true } });
    const labels = expectItems(fieldOf(shown.json, 'labels'), contentModels.label);
    expect(labels).toMatchObject([{ id, ...body }]);
    expect(fieldOf((await admin('GET', path)).json, 'labels')).toBeNull();
    const listed = await admin('GET', app.artifacts, { query: { with_label: true } });
    expect(fieldOf(listed.json, '0', 'labels', '0', 'id')).toBe(id);
  });
});

describe('A-10 copy across projects', async () => {
  const source = await world.createProject();
  const target = await world.createProject();
  const person = await world.createPerson();
  const from = repositoryPaths(source.name, 'app');
  const to = repositoryPaths(target.name, 'copied/app');
  const { digest } = await pushTagged(registry, from.name, '1.0', 'latest');
  const copy = () => person.call('POST', to.artifacts, { query: { from: `${from.name}:1.0` } });
  const join = async (project: string, role_id: number) => {
    const body = { role_id, member_user: { username: person.username } };
    return expectCreated(await admin('POST', `/projects/${project}/members`, { body }));
  };
  const tagsOf = (json: unknown) =>
    expectItems(fieldOf(json, 'tags'), contentModels.tag)
      .map(({ name }) => String(name))
      .toSorted();

  it('is for who may push to the target and read the source, and takes no labels', async () => {
    const label = expectCreated(
      await admin('POST', '/labels', { body: { name: 'a-10', scope: 'g' } }),
    );
    const path = from.artifact('1.0');
    expectDone(await admin('POST', `${path}/labels`, { body: { id: label } }));
    await join(source.name, 3);
    const member = await join(target.name, 3);
    const query = { with_label: true };
    const before = (await admin('GET', path, { query })).json;
    expectRefusal(await copy(), 403, 'FORBIDDEN');
    expect((await admin('GET', to.artifacts)).json).toEqual([]);

    const members = `/projects/${target.name}/members/${member}`;
    expectDone(await admin('PUT', members, { body: { role_id: 1 } }));
    expect((await copy()).status).toBe(201);
    const copied = (await person.call('GET', to.artifact(digest), { query })).json;
    expect(copied).toMatchObject({ digest, repository_name: to.name, labels: null });
    expect(tagsOf(copied)).toEqual(['1.0', 'latest']);
    expect((await admin('GET', path, { query })).json).toEqual(before);
    const pulled = await registry.client.manifestGet(to.name, '1.0');
    expect(pulled.digest).toBe(digest);
  });

  it('needs the right to read the source', async () => {
    const secret = await world.createProject();
    await pushTagged(registry, `${secret.name}/app`, 'latest');
    const query = { from: `${secret.name}/app:latest` };
    expectRefusal(await person.call('POST', to.artifacts, { query }), 403, 'FORBIDDEN');
    expectRefusal(
      await person.call('POST', to.artifacts, { query: { from: 'no-such/app:latest' } }),
      403,
      'FORBIDDEN',
    );
    expect(await listTypes(to.artifacts)).toHaveLength(1);
  });
});

describe('A-14 a deleted repository', () => {
  it('is listed no more, and not found', async () => {
    const project = await world.createProject();
    const app = repositoryPaths(project.name, 'app');
    await pushTagged(registry, app.name, 'one', 'two');
    expectDone(await admin('DELETE', app.path));
    const listed = await admin('GET', `/projects/${project.name}/repositories`);
    expect([listed.json, listed.headers.get('x-total-count')]).toEqual([[], '0']);
    expectRefusal(await admin('GET', app.path), 404, 'NOT_FOUND');
    expect((await admin('GET', app.artifacts)).json).toEqual([]);
    const pull = await registry.call('GET', `/v2/${app.name}/manifests/one`);
    expect(pull.status).toBe(404);
    expect((await admin('GET', `/projects/${project.name}`)).json).toMatchObject({ repo_count: 0 });
  });
});

describe('A-29 a Helm chart', () => {
  it('is of type CHART, with its metadata and documents, and can be deleted', async () => {
    const app = repositoryPaths((await world.createProject()).name, 'charts/demo');
    const chart = { name: 'demo', version: '0.1.0', apiVersion: 'v2', description: 'A chart' };
    const dependency = { name: 'redis', version: '1.0.0', repository: 'oci://127.0.0.1/charts' };
    const readme = '# Demo\n\nA chart <b>of</b> ours\n';
    const archive = tgzOf([
      { name: 'demo/Chart.yaml', content: yamlOf(chart, dependency) },
      { name: 'demo/values.yaml', content: 'replicas: 2\n' },
      { name: 'demo/README.md', content: readme },
      { name: 'demo/templates/service.yaml', content: 'kind: Service\n' },
    ]);
    const { digest } = await pushBuilt(registry, app.name, (set) =>
      addImage(set, {
        config: {
          mediaType: 'application/vnd.cncf.helm.config.v1+json',
          bytes: encodeJson({ ...chart, dependencies: [dependency] }),
        },
        layerCount: 1,
        layerType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip',
        layerBytes: new Uint8Array(archive),
        tags: ['0.1.0'],
      }),
    );
    const [listed] = expectPage(await admin('GET', app.artifacts), contentModels.artifact);
    expect(listed).toMatchObject({ type: 'CHART', digest, extra_attrs: chart });
    expect(Object.keys(Object(listed?.['addition_links'])).toSorted()).toEqual([
      'dependencies',
      'readme.md',
      'values.yaml',
    ]);
    const addition = async (name: string) => {
      const answer = await admin('GET', `${app.artifact('0.1.0')}/additions/${name}`);
      return { status: answer.status, type: answer.headers.get('content-type'), answer };
    };
    const values = await addition('values.yaml');
    expect([values.status, values.type]).toEqual([200, 'text/plain; charset=utf-8']);
    expect(values.answer.text).toBe('replicas: 2\n');
    const document = await addition('readme.md');
    expect([document.type, document.answer.text]).toEqual(['text/markdown; charset=utf-8', readme]);
    const dependencies = await addition('dependencies');
    expect(dependencies.type).toBe('application/json; charset=utf-8');
    expect(dependencies.answer.json).toMatchObject([dependency]);
    expectDone(await admin('DELETE', app.artifact('0.1.0')));
    expect((await admin('GET', app.artifacts)).json).toEqual([]);
  });
});

function yamlOf(chart: object, dependency: object): string {
  const lines = (object: object) =>
    Object.entries(object).map(([key, value]) => `${key}: ${value}`);
  const [first, ...rest] = lines(dependency);
  return [
    ...lines(chart),
    'dependencies:',
    `- ${first}`,
    ...rest.map((line) => `  ${line}`),
    '',
  ].join('\n');
}

describe('A-30 a CNAB bundle', () => {
  it('is of type CNAB, with the bundle told and its parts referred to', async () => {
    const app = repositoryPaths((await world.createProject()).name, 'bundle');
    const bundle = { schemaVersion: 'v1.0.0', name: 'demo', version: '0.1.0' };
    const index = await pushBuilt(registry, app.name, (set) => {
      const config = addImage(set, {
        config: { mediaType: 'application/vnd.cnab.config.v1+json', bytes: encodeJson(bundle) },
        layerCount: 1,
      });
      const invocation = addImage(set);
      const annotate = (type: string) => ({ 'io.cnab.manifest.type': type });
      return addIndex(
        set,
        [
          { ...config, annotations: annotate('config') },
          { ...invocation, annotations: annotate('invocation') },
        ],
        {
          tags: ['v1'],
          annotations: {
            'io.cnab.runtime_version': 'v1.0.0',
            'org.opencontainers.artifactType': 'application/vnd.cnab.manifest.v1',
          },
        },
      );
    });
    const { json } = await admin('GET', app.artifact('v1'));
    expectModel(json, contentModels.artifact);
    expect(json).toMatchObject({ type: 'CNAB', digest: index.digest, extra_attrs: bundle });
    expect(expectItems(fieldOf(json, 'references'), contentModels.reference)).toMatchObject([
      { annotations: { 'io.cnab.manifest.type': 'config' } },
      { annotations: { 'io.cnab.manifest.type': 'invocation' } },
    ]);
    expect(await listTypes(app.artifacts)).toEqual(['CNAB']);
  });
});

describe('A-31 what ORAS pushes', () => {
  it('comes back byte by byte, of type UNKNOWN, with its annotations', async () => {
    const app = repositoryPaths((await world.createProject()).name, 'oras/files');
    const set = createDataSet();
    const files = [createBytes(5000), createBytes(300)];
    const layers = files.map((bytes, index) => ({
      ...addBlob(set, bytes, 'application/vnd.oci.image.layer.v1.tar'),
      annotations: { 'org.opencontainers.image.title': `file-${index}.bin` },
    }));
    const annotations = { 'org.opencontainers.image.created': '2026-01-02T03:04:05Z', team: 'a' };
    const artifactType = 'application/vnd.acme.rocket.v1';
    const { digest } = addImage(set, {
      artifactType,
      config: emptyConfig,
      layerCount: 0,
      annotations,
      extra: { layers },
      tags: ['v1'],
    });
    await pushSet(registry, app.name, set);
    expect((await admin('GET', app.artifact('v1'))).json).toMatchObject({
      type: 'UNKNOWN',
      digest,
      artifact_type: artifactType,
      annotations,
    });
    const manifest = await registry.client.manifestGet(app.name, 'v1');
    const pulled = JSON.parse(Buffer.from(manifest.bytes).toString());
    for (const [index, file] of files.entries()) {
      const layer = String(fieldOf(pulled, 'layers', String(index), 'digest'));
      const blob = await registry.call('GET', `/v2/${app.name}/blobs/${layer}`);
      expect(digestOf(blob.bytes)).toBe(digestOf(file));
    }
  });
});

describe('A-32 an index of images', () => {
  it('refers to its parts, which stay while it is there and go with it', async () => {
    const app = repositoryPaths((await world.createProject()).name, 'multi');
    const index = await pushBuilt(registry, app.name, (set) =>
      addPlatforms(set, { tags: ['all'] }),
    );
    const { json } = await admin('GET', app.artifact('all'));
    expect(json).toMatchObject({ type: 'IMAGE', manifest_media_type: mediaType.ociIndex });
    const references = expectItems(fieldOf(json, 'references'), contentModels.reference);
    const pushed: unknown = JSON.parse(
      Buffer.from((await registry.client.manifestGet(app.name, index.digest)).bytes).toString(),
    );
    const children = references.map(({ child_digest }) => String(child_digest));
    expect(children).toEqual(['0', '1'].map((at) => fieldOf(pushed, 'manifests', at, 'digest')));
    for (const child of children) {
      expect((await admin('DELETE', app.artifact(child))).status).toBe(412);
    }
    expectDone(await admin('DELETE', app.artifact(index.digest)));
    for (const child of children) {
      expectRefusal(await admin('GET', app.artifact(child)), 404, 'NOT_FOUND');
    }
  });
});
