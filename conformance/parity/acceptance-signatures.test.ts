import { afterAll, describe, expect, it } from 'vitest';
import { addImage, addIndex, addPlatforms, encodeJson } from '../data.ts';
import {
  addCosignBundle,
  addCosignTagSignature,
  addNotation,
  pushBuilt,
  repositoryPaths,
} from './content.ts';
import { contentModels } from './content-models.ts';
import { expectDone, expectItems, expectPage, expectRefusal, fieldOf } from './model.ts';
import { openWorld } from './world.ts';

// Acceptance items of Harbor's own tests (harbor.md §10.1) about what hangs on artifacts.

const world = await openWorld();
afterAll(() => world.registry.close());
const { admin, registry } = world;

async function accessoriesOf(path: string): Promise<Record<string, unknown>[]> {
  const { json } = await admin('GET', path, { query: { with_accessory: true } });
  const told = fieldOf(json, 'accessories');
  const listed = expectPage(await admin('GET', `${path}/accessories`), contentModels.accessory);
  expect(listed).toEqual(told ?? []);
  return listed;
}

describe('A-11 an image', () => {
  it.each([
    ['2, under a tag made of the digest', addCosignTagSignature],
    ['3, as a bundle with a subject', addCosignBundle],
  ])('has no accessory until cosign signs it (version %s)', async (_, sign) => {
    const app = repositoryPaths((await world.createProject()).name, 'app');
    const image = await pushBuilt(registry, app.name, (set) => addImage(set, { tags: ['v1'] }));
    expect(await accessoriesOf(app.artifact('v1'))).toEqual([]);
    const signature = await pushBuilt(registry, app.name, (set) => sign(set, image));
    const accessories = await accessoriesOf(app.artifact('v1'));
    expect(accessories).toMatchObject([
      {
        type: 'signature.cosign',
        digest: signature.digest,
        subject_artifact_digest: image.digest,
        subject_artifact_repo: app.name,
        icon: 'sha256:20401d5b3a0f6dbc607c8d732eb08471af4ae6b19811a4efce8c6a724aed2882',
      },
    ]);
    const listed = expectPage(await admin('GET', app.artifacts), contentModels.artifact);
    expect(listed.map(({ digest }) => digest)).toEqual([image.digest]);
    expect((await admin('GET', app.artifact(signature.digest))).status).toBe(200);
    expectDone(await admin('DELETE', app.artifact('v1')));
    expectRefusal(await admin('GET', app.artifact(signature.digest)), 404, 'NOT_FOUND');
  });
});

describe('A-12 an image', () => {
  it.each(['by its subject alone', 'also by a tag for clients that know no referrers'])(
    'has a signature of Notation: %s',
    async (way) => {
      const app = repositoryPaths((await world.createProject()).name, 'app');
      const image = await pushBuilt(registry, app.name, (set) => addImage(set, { tags: ['v1'] }));
      expect(await accessoriesOf(app.artifact('v1'))).toEqual([]);
      const signature = await pushBuilt(registry, app.name, (set) => {
        const signed = addNotation(set, image);
        if (way.startsWith('also')) {
          addIndex(set, [signed], { tags: [image.digest.replace(':', '-')] });
        }
        return signed;
      });
      expect(await accessoriesOf(app.artifact('v1'))).toMatchObject([
        { type: 'signature.notation', digest: signature.digest },
      ]);
      const referrers = await registry.client.referrerList(app.name, image.digest);
      expect(referrers.map(({ digest }) => digest)).toEqual([signature.digest]);
    },
  );
});

describe('A-13 a part of a signed index', () => {
  it('inherits both signatures with_inherited_accessory, and has none of its own', async () => {
    const app = repositoryPaths((await world.createProject()).name, 'app');
    const pushed = await pushBuilt(registry, app.name, (set) => {
      const index = addPlatforms(set, { tags: ['all'] });
      const child = set.manifests[0]?.descriptor;
      if (child === undefined) throw new Error('an index without parts');
      return {
        child,
        signatures: [addCosignTagSignature(set, index), addNotation(set, index)],
      };
    });
    const path = app.artifact(pushed.child.digest);
    const inherited = async (query: Record<string, boolean>) =>
      fieldOf((await admin('GET', path, { query })).json, 'inherited_accessories');
    expect(await inherited({})).toBeUndefined();
    expect(await inherited({ with_inherited_accessory: false })).toBeUndefined();
    const found = expectItems(
      await inherited({ with_inherited_accessory: true }),
      contentModels.accessory,
    );
    expect(found.map(({ digest }) => String(digest)).toSorted()).toEqual(
      pushed.signatures.map(({ digest }) => String(digest)).toSorted(),
    );
    expect(found.map(({ type }) => String(type)).toSorted()).toEqual([
      'signature.cosign',
      'signature.notation',
    ]);
    expect(await accessoriesOf(path)).toEqual([]);
    // In lists too.
    const query = { with_inherited_accessory: true, q: `base=*,digest=${pushed.child.digest}` };
    const listed = await admin('GET', app.artifacts, { query });
    expect(fieldOf(listed.json, '0', 'inherited_accessories')).toHaveLength(2);
    // What is signed itself inherits nothing.
    await pushBuilt(registry, app.name, (set) => addCosignTagSignature(set, pushed.child));
    expect(await inherited({ with_inherited_accessory: true })).toBeUndefined();
    expect(await accessoriesOf(path)).toHaveLength(1);
  });
});

describe('A-33 a repository with slashes and marks in its name', () => {
  it('is tagged, signed and fetched under its name encoded twice', async () => {
    const app = repositoryPaths((await world.createProject()).name, 'a/b-c/d__e.f/g');
    const image = await pushBuilt(registry, app.name, (set) => addImage(set, { tags: ['v1'] }));
    await pushBuilt(registry, app.name, (set) => addCosignTagSignature(set, image));
    const made = await admin('POST', `${app.artifact('v1')}/tags`, { body: { name: 'v2' } });
    expect(made.status).toBe(201);
    const { json } = await admin('GET', app.artifact('v2'));
    expect(json).toMatchObject({ digest: image.digest, repository_name: app.name });
    const href = String(fieldOf(json, 'addition_links', 'build_history', 'href'));
    expect(href).toContain('/repositories/a%252Fb-c%252Fd__e.f%252Fg/artifacts/sha256:');
    expect((await admin('GET', href.replace('/api/v2.0', ''))).status).toBe(200);
    expect(await accessoriesOf(app.artifact('v2'))).toHaveLength(1);
    const pulled = await registry.client.manifestGet(app.name, 'v2');
    expect(pulled.digest).toBe(image.digest);
  });
});

describe('A-34 the referrers of an image', () => {
  it('are its signature and its SBOM, and one of them by artifactType, with the header', async () => {
    const app = repositoryPaths((await world.createProject()).name, 'app');
    const sbomType = 'application/vnd.goharbor.harbor.sbom.v1';
    const pushed = await pushBuilt(registry, app.name, (set) => {
      const image = addImage(set, { tags: ['v1'] });
      const sbom = addImage(set, {
        subject: image,
        artifactType: sbomType,
        config: { mediaType: sbomType, bytes: encodeJson({}) },
        layerCount: 1,
        layerType: sbomType,
        layerBytes: encodeJson({ spdxVersion: 'SPDX-2.3' }),
      });
      return { image, sbom, signature: addNotation(set, image) };
    });
    const path = `/v2/${app.name}/referrers/${pushed.image.digest}`;
    const all = await registry.call('GET', path);
    expect(digestsOf(all.json)).toEqual([pushed.sbom.digest, pushed.signature.digest].toSorted());
    expect(all.headers.get('oci-filters-applied')).toBeNull();
    const some = await registry.call('GET', `${path}?artifactType=${sbomType}`);
    expect(digestsOf(some.json)).toEqual([pushed.sbom.digest]);
    expect(some.headers.get('oci-filters-applied')).toBe('artifactType');
    const types = (await accessoriesOf(app.artifact('v1'))).map(({ type }) => String(type));
    expect(types.toSorted()).toEqual(['sbom.harbor', 'signature.notation']);
    const sbom = await admin('GET', `${app.artifact(pushed.sbom.digest)}/additions/sbom`);
    expect([sbom.status, sbom.json]).toEqual([200, { spdxVersion: 'SPDX-2.3' }]);
    expect(sbom.headers.get('content-type')).toContain(sbomType);
  });
});

function digestsOf(index: unknown): unknown[] {
  return expectItems(fieldOf(index, 'manifests'), { digest: 'text' })
    .map(({ digest }) => String(digest))
    .toSorted();
}
