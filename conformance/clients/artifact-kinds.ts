import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ArtifactWorld } from './artifact-world.ts';
import { assertEqual, assertIncludes, listAt, textAt, valueAt } from './assertion.ts';
import type { Step } from './client.ts';
import { createTar } from './tar.ts';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const EMPTY = 'application/vnd.oci.empty.v1+json';
const README = '# Quay\n\n<script>alert(1)</script>\n';
const DEPENDENCIES = `
dependencies:
  - name: common
    version: 1.0.0
    repository: file://../common
    condition: common.enabled
`;

/** Charts, and artifacts of all other kinds. */
export function createKindSteps(world: ArtifactWorld): Step[] {
  return [...createChartSteps(world), createOrasStep(world), ...createSequenceSteps(world)];
}

function createChartSteps(world: ArtifactWorld): Step[] {
  const { context, project, suffix } = world;
  const { host, username, password } = context.registry;
  const name = `quay-${suffix}`;
  const path = `charts/${name}`;
  let values = '';

  async function helm(args: readonly string[], input?: string): Promise<string> {
    const root = await context.directory('artifacts/helm');
    const env = {
      ...context.auth.none,
      HELM_REGISTRY_CONFIG: join(root, 'registry.json'),
      HELM_CACHE_HOME: join(root, 'cache'),
      HELM_CONFIG_HOME: join(root, 'config'),
      HELM_DATA_HOME: join(root, 'data'),
    };
    const options = { cwd: root, env, ...(input !== undefined && { input }) };
    return context.run([context.tool('helm'), ...args], options);
  }

  /** As `helm create` leaves it, with a readme and a dependency. */
  async function createChart(): Promise<string> {
    const root = await context.directory('artifacts/helm');
    await helm(['create', name]);
    await helm(['create', 'common']);
    const chart = join(root, name);
    await writeFile(join(chart, 'README.md'), README);
    const definition = join(chart, 'Chart.yaml');
    const common = await readFile(join(root, 'common', 'Chart.yaml'), 'utf8');
    await writeFile(
      join(root, 'common', 'Chart.yaml'),
      common.replace(/^version: .*$/m, 'version: 1.0.0'),
    );
    await writeFile(definition, (await readFile(definition, 'utf8')) + DEPENDENCIES);
    await mkdir(join(chart, 'charts'), { recursive: true });
    await helm(['dependency', 'update', chart, '--skip-refresh']);
    values = await readFile(join(chart, 'values.yaml'), 'utf8');
    await helm(['package', chart, '--version', '1.2.3', '--app-version', '9', '-d', root]);
    return join(root, `${name}-1.2.3.tgz`);
  }

  return [
    {
      name: 'helm create, package and push: a CHART, with Chart.yaml as its attributes',
      async run() {
        const archive = await createChart();
        const login = ['registry', 'login', host, '--plain-http', '-u', username];
        await helm([...login, '--password-stdin'], password);
        await helm(['push', archive, `oci://${host}/${project}/charts`, '--plain-http']);
        const chart = await world.getArtifact(path, '1.2.3');
        assertEqual(valueAt(chart, 'type'), 'CHART', 'type');
        const attributes = ['name', 'version', 'appVersion', 'type'];
        assertEqual(
          attributes.map((key) => valueAt(chart, 'extra_attrs', key)),
          [name, '1.2.3', '9', 'application'],
          attributes.join(),
        );
        const links = Object.keys(Object(valueAt(chart, 'addition_links'))).toSorted();
        assertEqual(links, ['dependencies', 'readme.md', 'values.yaml'], 'additions');
      },
    },
    {
      name: 'its values.yaml, readme.md and dependencies are additions, none of them a web page',
      async run() {
        const shown = await world.getAddition(path, '1.2.3', 'values.yaml');
        assertEqual([shown.status, shown.text], [200, values], 'values.yaml');
        const readme = await world.getAddition(path, '1.2.3', 'readme.md');
        assertEqual([readme.status, readme.text], [200, README], 'readme.md');
        for (const { contentType } of [shown, readme]) {
          if (contentType.includes('html')) throw new Error(`sent as ${contentType}`);
        }
        const dependencies = await world.getAddition(path, '1.2.3', 'dependencies');
        assertEqual(
          JSON.parse(dependencies.text),
          [
            {
              name: 'common',
              version: '1.0.0',
              repository: 'file://../common',
              condition: 'common.enabled',
            },
          ],
          'dependencies',
        );
      },
    },
    {
      name: 'the search finds the chart, and not for somebody who may not see it',
      async run() {
        const query = { q: name };
        const { body } = await world.admin.send({ method: 'GET', path: '/search', query }, 200);
        const repository = `${project}/${path}`;
        assertEqual(
          valueAt(body, 'repository', 0, 'repository_name'),
          repository,
          'repository found',
        );
        const chart = listAt(body, 'chart').find(
          (one) => valueAt(one, 'repository_name') === repository,
        );
        assertEqual(valueAt(chart, 'version'), '1.2.3', 'version found');
        const url = `${context.registry.url}/api/v2.0/search?q=${name}`;
        const anonymous = await (await fetch(url)).text();
        if (anonymous.includes(name)) throw new Error(`shown to everybody: ${anonymous}`);
      },
    },
  ];
}

function createOrasStep(world: ArtifactWorld): Step {
  return {
    name: 'what oras pushes (by regctl): UNKNOWN, with its artifact type and annotations',
    async run() {
      const type = 'application/vnd.example.notes';
      const flags = ['--artifact-type', type, '--annotation', `org.example.about=${world.suffix}`];
      const file = ['--file-media-type', 'text/plain'];
      await world.regctl(['artifact', 'put', ...flags, ...file, world.remote('notes:1')], {
        input: 'notes\n',
      });
      const artifact = await world.getArtifact('notes', '1');
      assertEqual(
        ['type', 'artifact_type', 'media_type'].map((name) => valueAt(artifact, name)),
        ['UNKNOWN', type, EMPTY],
        'type, artifact_type, media_type',
      );
      assertEqual(
        valueAt(artifact, 'annotations', 'org.example.about'),
        world.suffix,
        'annotation',
      );
      const refused = await world.getAddition('notes', '1', 'build_history');
      assertEqual(refused.status, 400, 'status of an addition');
      const query = { q: world.suffix, type: 'annotation' };
      const { body } = await world.admin.send({ method: 'GET', path: '/search', query }, 200);
      assertEqual(valueAt(body, 'annotation', 0, 'value'), world.suffix, 'annotation found');
    },
  };
}

/** Clients that cannot be had here, by what they send. */
function createSequenceSteps(world: ArtifactWorld): Step[] {
  return [
    {
      name: 'a bundle as cnab-to-oci pushes it: CNAB, with its bundle as attributes',
      async run() {
        const requests = world.requests('bundle');
        const bundle = { schemaVersion: 'v1.0.0', name: 'bundle', version: '0.1.0' };
        const config = await requests.pushBlob(
          'application/vnd.cnab.config.v1+json',
          JSON.stringify(bundle),
        );
        const manifest = { schemaVersion: 2, mediaType: MANIFEST, config, layers: [] };
        const pushed = await requests.pushManifest(manifest);
        const index = {
          schemaVersion: 2,
          mediaType: INDEX,
          manifests: [
            {
              mediaType: pushed.mediaType,
              digest: pushed.digest,
              size: pushed.size,
              annotations: { 'io.cnab.manifest.type': 'config' },
            },
          ],
          annotations: {
            'io.cnab.runtime_version': 'v1.0.0',
            'org.opencontainers.artifactType': 'application/vnd.cnab.manifest.v1',
          },
        };
        await requests.pushManifest(index, '0.1.0');
        const artifact = await world.getArtifact('bundle', '0.1.0');
        assertEqual(valueAt(artifact, 'type'), 'CNAB', 'type');
        assertEqual(textAt(artifact, 'extra_attrs', 'name'), 'bundle', 'name');
      },
    },
    {
      name: 'a module as wasm-to-oci pushes it: WASM',
      async run() {
        const requests = world.requests('module');
        const config = await requests.pushBlob('application/vnd.wasm.config.v1+json', '{}');
        const layer = await requests.pushBlob(
          'application/vnd.wasm.content.layer.v1+wasm',
          Buffer.from('0061736d01000000', 'hex'),
        );
        const manifest = { schemaVersion: 2, mediaType: MANIFEST, config, layers: [layer] };
        await requests.pushManifest(manifest, '1');
        assertEqual(valueAt(await world.getArtifact('module', '1'), 'type'), 'WASM', 'type');
      },
    },
    {
      name: 'a model as modctl pushes it: CNAI, with readme, licence and files as additions',
      async run() {
        const requests = world.requests('model');
        const config = await requests.pushBlob(
          'application/vnd.cncf.model.config.v1+json',
          JSON.stringify({
            descriptor: { name: 'tiny' },
            modelfs: { type: 'layers', diffIds: [] },
          }),
        );
        const layerOf = async (path: string, kind: string, text: string) => ({
          ...(await requests.pushBlob(
            `application/vnd.cncf.model.${kind}.v1.tar`,
            createTar(new Map([[path, Buffer.from(text)]])),
          )),
          annotations: { 'org.cncf.model.filepath': path },
        });
        const layers = [
          await layerOf('weights/tiny.safetensors', 'weight', 'weights'),
          await layerOf('README.md', 'doc', '# tiny\n'),
          await layerOf('LICENSE', 'doc', 'free\n'),
        ];
        const artifactType = 'application/vnd.cncf.model.manifest.v1+json';
        const base = { schemaVersion: 2, mediaType: MANIFEST, artifactType };
        await requests.pushManifest({ ...base, config, layers }, '1');
        const artifact = await world.getArtifact('model', '1');
        assertEqual(valueAt(artifact, 'type'), 'CNAI', 'type');
        assertEqual(
          (await world.getAddition('model', '1', 'readme.md')).text,
          '# tiny\n',
          'readme',
        );
        assertEqual((await world.getAddition('model', '1', 'license')).text, 'free\n', 'licence');
        const files = (await world.getAddition('model', '1', 'files')).text;
        assertIncludes(files, 'tiny.safetensors', 'files');
      },
    },
  ];
}
