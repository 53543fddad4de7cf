import { digestOf, mediaType } from '@berth/oci';
import {
  addBlob,
  addImage,
  addIndex,
  addManifest,
  addPlatforms,
  amd64,
  arm64,
  type Bytes,
  createBytes,
  type DataSet,
  describeBytes,
  encodeJson,
  randomHex,
} from './data.ts';

export interface DataKind {
  readonly name: string;
  readonly build: (set: DataSet) => void;
  /** Tags go as parameters of the push by digest. */
  readonly areTagsParameters?: boolean;
}

export const exampleType = 'application/vnd.example.artifact.v1';
export const otherExampleType = 'application/vnd.example.artifact.v2';
export const emptyConfig = { mediaType: mediaType.ociEmpty, bytes: encodeJson({}) };
const artifact = {
  artifactType: exampleType,
  config: emptyConfig,
  layerCount: 1,
  layerType: exampleType,
};

function uniqueAnnotations(): Record<string, string> {
  return {
    'org.example.conformance': 'hello',
    [`org.example.${randomHex(6)}`]: randomHex(6),
  };
}

/** Every kind of content of the official suite, and some that its data lacks. */
export const dataKinds: readonly DataKind[] = [
  { name: 'an image', build: (set) => addImage(set, { tags: ['image'] }) },
  {
    name: 'an image with uncompressed layers',
    build: (set) => addImage(set, { tags: ['plain'], layerType: mediaType.ociLayer }),
  },
  {
    name: 'an image with a manifest just under 4 MiB',
    build: (set) => {
      const annotations = Object.fromEntries(
        Array.from({ length: 418 }, (_, index) => [`large-${index}`, 'A'.repeat(10_000)]),
      );
      addImage(set, { tags: ['large'], annotations });
    },
  },
  { name: 'an index', build: (set) => addPlatforms(set, { tags: ['index'] }) },
  {
    name: 'an index of indexes',
    build: (set) => addIndex(set, [addPlatforms(set), addPlatforms(set)], { tags: ['nested'] }),
  },
  { name: 'an empty index', build: (set) => addIndex(set, [], { tags: ['empty'] }) },
  { name: 'an artifact', build: (set) => addImage(set, { ...artifact, tags: ['artifact'] }) },
  {
    name: 'an index of artifacts',
    build: (set) => addPlatforms(set, { ...artifact, tags: ['artifacts'] }),
  },
  {
    name: 'an artifact without layers',
    build: (set) =>
      addImage(set, {
        ...artifact,
        tags: ['bare'],
        layerType: mediaType.ociEmpty,
        layerBytes: encodeJson({}),
      }),
  },
  {
    name: 'artifacts with a subject',
    build: (set) => {
      const subject = addImage(set, { tags: ['subject'] });
      addImage(set, { subject });
      const annotations = uniqueAnnotations();
      addImage(set, { ...artifact, subject, annotations, tags: ['one'] });
      addImage(set, {
        ...artifact,
        artifactType: otherExampleType,
        layerType: 'application/octet-stream',
        subject,
        annotations: uniqueAnnotations(),
        tags: ['two'],
      });
    },
  },
  {
    name: 'indexes with a subject',
    build: (set) => {
      const subject = addPlatforms(set, { tags: ['subject'] });
      const annotations = uniqueAnnotations();
      addPlatforms(set, { ...artifact, subject, annotations, tags: ['index-referrer'] });
      addIndex(set, [], { subject, annotations });
    },
  },
  {
    name: 'an artifact with a missing subject',
    build: (set) => {
      const subject = describeBytes(createBytes(123), mediaType.ociManifest);
      addImage(set, { ...artifact, subject, annotations: uniqueAnnotations(), tags: ['orphan'] });
    },
  },
  {
    name: 'an image with data fields',
    build: (set) => addImage(set, { tags: ['data'], isEmbedded: true }),
  },
  { name: 'an image with layers that may stay elsewhere', build: addNonDistributable },
  {
    name: 'an index with custom fields',
    build: (set) => {
      const extra = { [`org.example.${randomHex(4)}`]: 'custom' };
      addPlatforms(set, { tags: ['custom'], extra });
    },
  },
  {
    name: 'an image without layers',
    build: (set) => addImage(set, { tags: ['no-layers'], layerCount: 0 }),
  },
  {
    name: 'a sparse index',
    build: (set) => {
      const missing = describeBytes(createBytes(1024), mediaType.ociManifest);
      const children = [
        { ...addImage(set), platform: amd64 },
        { ...missing, platform: arm64 },
      ];
      addIndex(set, children, { tags: ['sparse'] });
    },
  },
  { name: 'an index by sha512', build: (set) => addPlatforms(set, { algorithm: 'sha512' }) },
  {
    name: 'an index with tag parameters by sha256',
    areTagsParameters: true,
    build: (set) => addPlatforms(set, { tags: ['one', 'two', 'three'] }),
  },
  {
    name: 'an index with tag parameters by sha512',
    areTagsParameters: true,
    build: (set) => addPlatforms(set, { tags: ['one', 'two', 'three'], algorithm: 'sha512' }),
  },
  { name: 'a Docker image', build: (set) => addDockerImage(set, ['docker']) },
  {
    name: 'a Docker manifest list',
    build: (set) => {
      const manifests = [amd64, arm64].map((platform) => ({
        ...addDockerImage(set, []),
        platform,
      }));
      const body = { schemaVersion: 2, mediaType: mediaType.dockerManifestList, manifests };
      addManifest(set, body, { tags: ['list'] }, undefined);
    },
  },
  {
    name: 'a manifest of an unknown media type',
    build: (set) => {
      const body = {
        schemaVersion: 2,
        mediaType: 'application/vnd.example.manifest.v7+json',
        config: addBlob(set, encodeJson({}), 'application/vnd.example.config'),
        layers: [addBlob(set, createBytes(64), 'application/vnd.example.layer')],
      };
      addManifest(set, body, { tags: ['unknown'] }, undefined);
    },
  },
];

function addNonDistributable(set: DataSet): void {
  const elsewhere = [
    mediaType.ociLayerNonDistributableGzip,
    mediaType.ociLayerNonDistributable,
  ].map((type) => {
    const descriptor = describeBytes(createBytes(256), type);
    return { ...descriptor, urls: [`https://store.example.com/${descriptor.digest}`] };
  });
  const body = {
    schemaVersion: 2,
    mediaType: mediaType.ociManifest,
    config: addBlob(set, encodeJson(amd64), mediaType.ociConfig),
    layers: [...elsewhere, addBlob(set, createBytes(64), mediaType.ociLayerGzip)],
  };
  addManifest(set, body, { tags: ['elsewhere'] }, undefined);
}

function addDockerImage(set: DataSet, tags: readonly string[]) {
  const config: Bytes = encodeJson({ ...amd64, id: randomHex(4) });
  const layer = createBytes(128);
  const body = {
    schemaVersion: 2,
    mediaType: mediaType.dockerManifest,
    config: addBlob(set, config, mediaType.dockerConfig),
    layers: [addBlob(set, layer, mediaType.dockerLayer)],
    history: digestOf(layer),
  };
  return addManifest(set, body, { tags }, undefined);
}
