import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ArtifactWorld, assertGone, pushArgs } from './artifact-world.ts';
import { assertEqual, assertIncludes, listAt, textAt, valueAt } from './assertion.ts';
import type { Step } from './client.ts';
import { type Layout, writeImageLayout } from './layout.ts';

const OCI_1_1 = '--registry-referrers-mode=oci-1-1';
const BY_TAG = 'signed/by-tag';
const BY_SUBJECT = 'signed/by-subject';
const OFFLINE = ['--tlog-upload=false', '--yes', '--allow-http-registry'];

/** cosign signs and attests in both ways, by tags and by subjects. */
export function createCosignSteps(world: ArtifactWorld): Step[] {
  return [...createSigningSteps(world), ...createAttachmentSteps(world), ...createCopySteps(world)];
}

async function cosign(
  { context }: ArtifactWorld,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const cwd = await context.directory('accessories');
  return context.run([context.tool('cosign'), ...args], {
    cwd,
    env: { COSIGN_PASSWORD: 'local', COSIGN_EXPERIMENTAL: '1', ...env },
  });
}

async function verify(world: ArtifactWorld, image: string, ...flags: string[]): Promise<void> {
  const offline = ['--insecure-ignore-tlog=true', '--private-infrastructure'];
  const argv = ['verify', '--key', 'ours.pub', ...offline, '--allow-http-registry', ...flags];
  const said = await cosign(world, [...argv, image]);
  assertIncludes(said, image.split('@')[1] ?? '', 'what cosign verified');
}

async function pushImage(world: ArtifactWorld, path: string): Promise<Layout> {
  const layout = await writeImageLayout(await world.context.directory(`accessories/${path}`));
  await world.skopeo(pushArgs(layout, world.remote(`${path}:1`)));
  return layout;
}

/** Types of what is attached, oldest first, as the artifact and the list of accessories tell. */
async function listTypes(world: ArtifactWorld, path: string, digest: string): Promise<string[]> {
  const request = `${world.repository(path)}/artifacts/${digest}/accessories`;
  const found = await world.admin.send({ method: 'GET', path: request }, 200);
  const listed = listAt(found.body);
  for (const one of listed) {
    assertEqual(valueAt(one, 'subject_artifact_digest'), digest, 'subject');
    assertEqual(
      valueAt(one, 'subject_artifact_repo'),
      `${world.project}/${path}`,
      'repository of the subject',
    );
  }
  const shown = valueAt(await world.getArtifact(path, digest), 'accessories') ?? [];
  const byArtifact = listAt(shown).map((one) => textAt(one, 'type'));
  const types = listed.map((one) => textAt(one, 'type'));
  assertEqual(byArtifact.toSorted(), types.toSorted(), 'types, by the artifact and by the list');
  assertEqual(found.total, types.length, 'X-Total-Count');
  return types.toSorted();
}

/** Digests that the list of artifacts shows. */
async function listShown(world: ArtifactWorld, path: string): Promise<string[]> {
  return listAt(await world.listArtifacts(path)).map((one) => textAt(one, 'digest'));
}

function createSigningSteps(world: ArtifactWorld): Step[] {
  let image: Layout;

  return [
    {
      name: 'cosign sign, by tag: one accessory signature.cosign, which is not in the list',
      async run() {
        await cosign(world, ['generate-key-pair', '--output-key-prefix', 'ours']);
        image = await pushImage(world, BY_TAG);
        const reference = `${world.remote(BY_TAG)}@${image.digest}`;
        await cosign(world, ['sign', '--key', 'ours.key', ...OFFLINE, reference]);
        assertEqual(await listTypes(world, BY_TAG, image.digest), ['signature.cosign'], 'types');
        assertEqual(await listShown(world, BY_TAG), [image.digest], 'artifacts listed');
        await verify(world, reference);
      },
    },
    {
      name: 'the signature keeps the tag that cosign looks for, also in the list of tags of /v2',
      async run() {
        const argv = ['list-tags', '--tls-verify=false', `docker://${world.remote(BY_TAG)}`];
        const tags = listAt(JSON.parse(await world.skopeo(argv)), 'Tags').map(String);
        assertEqual(tags.toSorted(), ['1', `${image.digest.replace(':', '-')}.sig`], 'tags');
      },
    },
    {
      name: 'cosign sign, by subject (OCI 1.1): the same type, without a tag',
      async run() {
        const { digest } = await pushImage(world, BY_SUBJECT);
        const reference = `${world.remote(BY_SUBJECT)}@${digest}`;
        await cosign(world, ['sign', '--key', 'ours.key', OCI_1_1, ...OFFLINE, reference]);
        assertEqual(await listTypes(world, BY_SUBJECT, digest), ['signature.cosign'], 'types');
        assertEqual(await listShown(world, BY_SUBJECT), [digest], 'artifacts listed');
        await verify(world, reference, '--experimental-oci11=true');
      },
    },
    {
      name: 'cosign sign, as a Sigstore bundle: signature.cosign',
      async run() {
        const { digest } = await pushImage(world, 'signed/bundle');
        const reference = `${world.remote('signed/bundle')}@${digest}`;
        const flags = ['--new-bundle-format', '--use-signing-config=false', ...OFFLINE];
        await cosign(world, ['sign', '--key', 'ours.key', ...flags, reference]);
        assertEqual(await listTypes(world, 'signed/bundle', digest), ['signature.cosign'], 'types');
        // An empty one, as it is only to be had from the network; the key is what counts.
        await cosign(world, ['trusted-root', 'create', '--out', 'trusted-root.json']);
        await verify(world, reference, '--new-bundle-format', '--trusted-root=trusted-root.json');
      },
    },
  ];
}

function createAttachmentSteps(world: ArtifactWorld): Step[] {
  const path = 'attached';
  let image: Layout;
  let attached: string[] = [];

  async function writeSbom(name: string): Promise<string> {
    const file = join(await world.context.directory('accessories'), `${name}.json`);
    await writeFile(file, JSON.stringify({ spdxVersion: 'SPDX-2.3', name }));
    return file;
  }

  return [
    {
      name: 'cosign attach sbom, by subject: subject.accessory',
      async run() {
        image = await pushImage(world, path);
        const reference = `${world.remote(path)}@${image.digest}`;
        const sbom = [
          '--sbom',
          await writeSbom('sbom'),
          '--type',
          'spdx',
          '--input-format',
          'json',
        ];
        const argv = ['attach', 'sbom', OCI_1_1, ...sbom, '--allow-http-registry', reference];
        await cosign(world, argv);
        assertEqual(await listTypes(world, path, image.digest), ['subject.accessory'], 'types');
      },
    },
    {
      name: 'cosign attest, as a Sigstore bundle: one more, and neither is in the list',
      async run() {
        const reference = `${world.remote(path)}@${image.digest}`;
        const predicate = ['--predicate', await writeSbom('predicate'), '--type', 'spdxjson'];
        const flags = ['--new-bundle-format', '--use-signing-config=false', ...OFFLINE];
        await cosign(world, ['attest', '--key', 'ours.key', ...predicate, ...flags, reference]);
        const types = await listTypes(world, path, image.digest);
        assertEqual(types, ['signature.cosign', 'subject.accessory'], 'types');
        assertEqual(await listShown(world, path), [image.digest], 'artifacts listed');
        const request = `${world.repository(path)}/artifacts/${image.digest}/accessories`;
        const { body } = await world.admin.send({ method: 'GET', path: request }, 200);
        attached = listAt(body).map((one) => textAt(one, 'digest'));
      },
    },
    {
      name: 'cosign attest, by tag: an artifact of its own, as in Harbor, and it can be verified',
      async run() {
        const { digest } = await pushImage(world, 'attested');
        const reference = `${world.remote('attested')}@${digest}`;
        const predicate = ['--predicate', await writeSbom('tagged'), '--type', 'spdxjson'];
        await cosign(world, ['attest', '--key', 'ours.key', ...predicate, ...OFFLINE, reference]);
        const tag = `${digest.replace(':', '-')}.att`;
        const artifact = await world.getArtifact('attested', tag);
        assertEqual(valueAt(artifact, 'tags', 0, 'name'), tag, 'tag');
        const offline = ['--insecure-ignore-tlog=true', '--private-infrastructure'];
        const verify = ['verify-attestation', '--key', 'ours.pub', '--type', 'spdxjson'];
        await cosign(world, [...verify, ...offline, '--allow-http-registry', reference]);
      },
    },
    {
      name: 'all that is attached goes with the image, and comes back with it',
      async run() {
        const artifact = `${world.repository(path)}/artifacts/${image.digest}`;
        await world.admin.send({ method: 'DELETE', path: artifact }, 200);
        for (const digest of attached) await assertGone(world, `${world.remote(path)}@${digest}`);
        const restore = `${world.repository(path)}/deleted-artifacts/${image.digest}/restore`;
        await world.admin.send({ method: 'POST', path: restore }, 200);
        const types = await listTypes(world, path, image.digest);
        assertEqual(types, ['signature.cosign', 'subject.accessory'], 'types');
      },
    },
  ];
}

function createCopySteps(world: ArtifactWorld): Step[] {
  async function copy(path: string): Promise<string> {
    const digest = textAt(await world.getArtifact(path, '1'), 'digest');
    const to = `${world.repository(path, world.target)}/artifacts`;
    const query = { from: `${world.project}/${path}@${digest}` };
    await world.admin.send({ method: 'POST', path: to, query }, 201);
    return `${world.remote(path, world.target)}@${digest}`;
  }
  return [
    {
      name: 'an image signed by tag and copied through the API is verified by cosign in its target',
      run: async () => verify(world, await copy(BY_TAG)),
    },
    {
      name: 'an image signed by subject likewise',
      run: async () => verify(world, await copy(BY_SUBJECT), '--experimental-oci11=true'),
    },
    {
      name: 'the signature goes with the image, its tag and all, and its copy stays',
      async run() {
        const digest = textAt(await world.getArtifact(BY_TAG, '1'), 'digest');
        const path = `${world.repository(BY_TAG)}/artifacts/${digest}`;
        await world.admin.send({ method: 'DELETE', path }, 200);
        const tag = `${digest.replace(':', '-')}.sig`;
        await assertGone(world, world.remote(`${BY_TAG}:${tag}`));
        await verify(world, `${world.remote(BY_TAG, world.target)}@${digest}`);
      },
    },
  ];
}
