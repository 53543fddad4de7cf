import { type ArtifactWorld, everything, inspectDigest, pushArgs } from './artifact-world.ts';
import { assertEqual, assertIncludes, listAt, numberAt, textAt, valueAt } from './assertion.ts';
import type { Step } from './client.ts';
import { type Layout, writeImageLayout } from './layout.ts';

const PATH = 'app/image';
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const CONFIG = 'application/vnd.oci.image.config.v1+json';
const NEVER = '0001-01-01T00:00:00.000Z';

/** One image of one platform, its tags, and what is shown of it. */
export function createImageSteps(world: ArtifactWorld): Step[] {
  const { context, admin } = world;
  let first: Layout;
  let second: Layout;
  let label = 0;

  return [
    {
      name: 'skopeo pushes an image: the list, with all flags, tells type, size, tag and config',
      async run() {
        first = await writeImageLayout(await context.directory('artifacts/first'));
        await world.skopeo(pushArgs(first, world.remote(`${PATH}:1`)));
        const [artifact, ...others] = listAt(await world.listArtifacts(PATH));
        assertEqual(others.length, 0, 'further artifacts');
        const told = ['type', 'digest', 'media_type', 'manifest_media_type', 'repository_name'];
        assertEqual(
          told.map((name) => valueAt(artifact, name)),
          ['IMAGE', first.digest, CONFIG, MANIFEST, `${world.project}/${PATH}`],
          told.join(),
        );
        assertEqual(
          listAt(artifact, 'tags').map((tag) => valueAt(tag, 'name')),
          ['1'],
          'tags',
        );
        assertEqual(valueAt(artifact, 'extra_attrs', 'os'), 'linux', 'os');
        assertEqual(listAt(artifact, 'extra_attrs', 'config', 'Cmd'), ['/payload'], 'Cmd');
        if (numberAt(artifact, 'size') < first.payload.length) throw new Error('the size is short');
        assertEqual(valueAt(artifact, 'accessories'), null, 'accessories');
      },
    },
    {
      name: 'its build history is an addition, and values.yaml is none of an image',
      async run() {
        const artifact = await world.getArtifact(PATH, '1');
        const href = textAt(artifact, 'addition_links', 'build_history', 'href');
        assertIncludes(href, `/${first.digest}/additions/build_history`, 'link');
        const linked = await admin.send(
          { method: 'GET', path: href.replace('/api/v2.0', '') },
          200,
        );
        const told = await world.getAddition(PATH, '1', 'build_history');
        assertEqual(JSON.stringify(linked.body), told.text, 'what the link leads to');
        assertEqual(listAt(linked.body).length, 2, 'lines of the history');
        assertEqual(textAt(linked.body, 0, 'created_by'), 'conformance', 'created_by');
        const refused = await world.getAddition(PATH, '1', 'values.yaml');
        assertEqual(refused.status, 400, 'status');
        assertIncludes(refused.text, "isn't supported", 'the sentence');
      },
    },
    {
      name: 'a tag that skopeo moves leaves an artifact without tags behind',
      async run() {
        second = await writeImageLayout(await context.directory('artifacts/second'));
        await world.skopeo(pushArgs(second, world.remote(`${PATH}:1`)));
        const listed = listAt(await world.listArtifacts(PATH));
        const tags = new Map(listed.map((one) => [textAt(one, 'digest'), valueAt(one, 'tags')]));
        assertEqual(tags.get(first.digest), null, 'tags of the first');
        assertEqual(valueAt(tags.get(second.digest), 0, 'name'), '1', 'tag of the second');
        const found = await world.admin.send(
          {
            method: 'GET',
            path: `${world.repository(PATH)}/artifacts`,
            query: { ...everything, q: 'tags=nil' },
          },
          200,
        );
        assertEqual(found.total, 1, 'artifacts without tags');
        assertEqual(valueAt(found.body, 0, 'digest'), first.digest, 'digest');
      },
    },
    {
      name: 'a tag given through the API is one that skopeo can pull',
      async run() {
        const path = `${world.repository(PATH)}/artifacts/${first.digest}/tags`;
        await admin.send({ method: 'POST', path, body: { name: 'by-api' } }, 201);
        const digest = await inspectDigest(world, world.remote(`${PATH}:by-api`));
        assertEqual(digest, first.digest, 'digest');
      },
    },
    {
      name: 'a pull by skopeo shows as pull_time and pull_count',
      async run() {
        const directory = await context.directory('artifacts/pulled');
        const source = `docker://${world.remote(`${PATH}:by-api`)}`;
        await world.skopeo(['copy', '--src-tls-verify=false', source, `oci:${directory}:1`]);
        await waitUntil('the pull to show', async () => {
          const artifact = await world.getArtifact(PATH, 'by-api');
          const { body } = await admin.send({ method: 'GET', path: world.repository(PATH) }, 200);
          return textAt(artifact, 'pull_time') !== NEVER && numberAt(body, 'pull_count') > 0;
        });
      },
    },
    {
      name: 'a label of the project is attached, shown, filtered by and taken off',
      async run() {
        const project = await admin.send(
          { method: 'GET', path: `/projects/${world.project}` },
          200,
        );
        const body = {
          name: `checked-${world.suffix}`,
          scope: 'p',
          color: '#0065AB',
          project_id: numberAt(project.body, 'project_id'),
        };
        const made = await admin.send({ method: 'POST', path: '/labels', body }, 201);
        label = Number(made.location?.split('/').at(-1));
        const artifact = `${world.repository(PATH)}/artifacts/${first.digest}`;
        await admin.send({ method: 'POST', path: `${artifact}/labels`, body: { id: label } }, 200);
        const query = { with_label: 'true', q: `labels=(${label})` };
        const path = `${world.repository(PATH)}/artifacts`;
        const found = await admin.send({ method: 'GET', path, query }, 200);
        assertEqual(valueAt(found.body, 0, 'labels', 0, 'name'), body.name, 'label');
        assertEqual(found.total, 1, 'artifacts with the label');
        await admin.send({ method: 'DELETE', path: `${artifact}/labels/${label}` }, 200);
        assertEqual((await admin.send({ method: 'GET', path, query }, 200)).total, 0, 'afterwards');
      },
    },
  ];
}

/** Asks again and again, as what happens behind an answer takes a moment. */
export async function waitUntil(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 15_000;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`waited 15 s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
