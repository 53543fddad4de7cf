import { readFile } from 'node:fs/promises';
import { type ArtifactWorld, inspectDigest, pushArgs } from './artifact-world.ts';
import { assertEqual, assertIncludes, numberAt, valueAt } from './assertion.ts';
import type { Step } from './client.ts';
import { blobPath, type Layout, writeImageLayout } from './layout.ts';
import { podmanCommand } from './podman.ts';

const PATH = 'locked';
const IMMUTABLE = /Failed to process request due to .*:v1' configured as immutable/;
const QUOTA =
  /Quota exceeded when processing the request of adding [\d.]+ [KM]iB of storage resource, which when updated to current usage of [\d.]+ (?:[KM]i)?B will exceed the configured upper limit of 512\.0 KiB/;

/** Immutable tags and quotas: set through the API, and obeyed by clients that are told why. */
export function createRuleSteps(world: ArtifactWorld): Step[] {
  return [...createImmutableSteps(world), ...createQuotaSteps(world)];
}

function createImmutableSteps(world: ArtifactWorld): Step[] {
  const { context, admin } = world;
  const rules = `/projects/${world.project}/immutabletagrules`;
  const rule = {
    action: 'immutable',
    template: 'immutable_template',
    tag_selectors: [{ kind: 'doublestar', decoration: 'matches', pattern: 'v*' }],
    scope_selectors: {
      repository: [{ kind: 'doublestar', decoration: 'repoMatches', pattern: PATH }],
    },
  };
  let first: Layout;
  let second: Layout;
  const ruleId = async () =>
    numberAt((await admin.send({ method: 'GET', path: rules }, 200)).body, 0, 'id');

  return [
    {
      name: 'a rule makes v* immutable: the tag is shown so, and the first push is let through',
      async run() {
        await admin.send({ method: 'POST', path: rules, body: rule }, 201);
        first = await writeImageLayout(await context.directory('artifacts/locked-first'));
        second = await writeImageLayout(await context.directory('artifacts/locked-second'));
        await world.skopeo(pushArgs(first, world.remote(`${PATH}:v1`)));
        const artifact = await world.getArtifact(PATH, 'v1');
        assertEqual(valueAt(artifact, 'tags', 0, 'immutable'), true, 'immutable');
      },
    },
    {
      name: 'skopeo: another image under that tag is refused, and skopeo shows the sentence',
      run: () => world.refuseSkopeo(pushArgs(second, world.remote(`${PATH}:v1`)), IMMUTABLE),
    },
    {
      name: 'podman: the same, with the same sentence',
      async run() {
        const podman = await podmanCommand(context);
        const layout = `oci:${second.directory}:1`;
        const id = (await context.run([...podman, 'pull', '--quiet', layout])).slice(-64);
        const target = `docker://${world.remote(`${PATH}:v1`)}`;
        await context.refuse([...podman, 'push', '--tls-verify=false', id, target], IMMUTABLE);
      },
    },
    {
      name: 'the refusal is 412 and has the sentence as a Warning, too; the tag did not move',
      async run() {
        const body = await readFile(blobPath(second.directory, second.digest));
        const headers = { 'content-type': 'application/vnd.oci.image.manifest.v1+json' };
        const requests = world.requests(PATH);
        const refused = await requests.send('PUT', 'manifests/v1', { headers, body });
        assertEqual(refused.status, 412, 'status');
        const warning = refused.headers.get('warning') ?? '';
        if (!/^299 - ".*"$/.test(warning)) throw new Error(`no warning: ${warning}`);
        assertIncludes(warning, `'${world.project}/${PATH}:v1' configured as immutable`, 'warning');
        assertIncludes(await refused.text(), 'configured as immutable', 'the body');
        assertEqual(await inspectDigest(world, world.remote(`${PATH}:v1`)), first.digest, 'digest');
      },
    },
    {
      name: 'the same image is refused likewise, as in Harbor, and other tags may move',
      async run() {
        await world.refuseSkopeo(pushArgs(first, world.remote(`${PATH}:v1`)), IMMUTABLE);
        for (const layout of [first, second]) {
          await world.skopeo(pushArgs(layout, world.remote(`${PATH}:latest`)));
        }
      },
    },
    {
      name: 'deleting the artifact or the tag is refused by API and skopeo with the sentence',
      async run() {
        const path = `${world.repository(PATH)}/artifacts/${first.digest}`;
        for (const request of [path, `${path}/tags/v1`]) {
          const sentence = await world.refusal({ method: 'DELETE', path: request }, 412);
          if (!IMMUTABLE.test(sentence)) throw new Error(sentence);
        }
        const image = `docker://${world.remote(PATH)}@${first.digest}`;
        await world.refuseSkopeo(['delete', '--tls-verify=false', image], IMMUTABLE);
      },
    },
    {
      name: 'without the rule the push goes through',
      async run() {
        await admin.send({ method: 'DELETE', path: `${rules}/${await ruleId()}` }, 200);
        await world.skopeo(pushArgs(second, world.remote(`${PATH}:v1`)));
        assertEqual(
          await inspectDigest(world, world.remote(`${PATH}:v1`)),
          second.digest,
          'digest',
        );
      },
    },
  ];
}

function createQuotaSteps(world: ArtifactWorld): Step[] {
  const { context, admin } = world;
  const project = `${world.project}-small`;
  const limit = 512 * 1024;
  const remote = () => world.remote('image:1', project);
  let layout: Layout;

  return [
    {
      name: 'skopeo: a push beyond the limit is refused, and skopeo shows the sentence',
      async run() {
        await world.createProject(project, limit);
        layout = await writeImageLayout(await context.directory('artifacts/quota'));
        await world.refuseSkopeo(pushArgs(layout, remote()), QUOTA);
        await world.refusal({ method: 'GET', path: world.repository('image', project) }, 404);
      },
    },
    {
      name: 'podman: the same, with the same sentence',
      async run() {
        const podman = await podmanCommand(context);
        const source = `oci:${layout.directory}:1`;
        const id = (await context.run([...podman, 'pull', '--quiet', source])).slice(-64);
        const target = `docker://${remote()}`;
        await context.refuse([...podman, 'push', '--tls-verify=false', id, target], QUOTA);
      },
    },
    {
      name: 'nothing of what was refused is counted, only the small layer before it',
      async run() {
        const { used } = await world.getQuota(project);
        if (used > 4096) throw new Error(`${used} bytes are used`);
      },
    },
    {
      name: 'with a higher limit the same push goes through, and what it uses is told',
      async run() {
        const { id } = await world.getQuota(project);
        const body = { hard: { storage: 4 * limit } };
        await admin.send({ method: 'PUT', path: `/quotas/${id}`, body }, 200);
        await world.skopeo(pushArgs(layout, remote()));
        const { used } = await world.getQuota(project);
        const artifact = await world.getArtifact('image', '1', project);
        assertEqual(used, numberAt(artifact, 'size'), 'used bytes');
      },
    },
    {
      name: 'a copy through the API obeys the limit of its target',
      async run() {
        const other = `${project}-er`;
        await world.createProject(other, limit);
        const path = `${world.repository('copied', other)}/artifacts`;
        const query = { from: `${project}/image:1` };
        const sentence = await world.refusal({ method: 'POST', path, query }, 403);
        if (!QUOTA.test(sentence)) throw new Error(sentence);
        assertEqual((await world.getQuota(other)).used, 0, 'used bytes');
      },
    },
  ];
}
