import type { Descriptor, Manifest } from '@berth/oci';
import {
  type ArtifactForm,
  artifactFormOf,
  artifactTypeOf,
  HARBOR_SBOM_TYPE,
} from '../artifacts/index.ts';
import { AppError } from '../lib/index.ts';
import { filePathOf, fileTreeOf } from './file-tree.ts';
import { limits } from './limits.ts';
import type { Task } from './task.ts';

/** Where an addition's content is. `task` undefined: the blob is shown as it is. */
export type AdditionSource = { readonly contentType: string } & (
  | { readonly body: Buffer }
  | { readonly blob: Descriptor; readonly maxBytes: number; readonly task: Task | undefined }
);

const json = 'application/json; charset=utf-8';
const text = 'text/plain; charset=utf-8';
const markdown = 'text/markdown; charset=utf-8';

const additionsOfForm: Readonly<Partial<Record<ArtifactForm, Readonly<Record<string, string>>>>> = {
  image: { build_history: json },
  wasm: { build_history: json },
  chart: { 'values.yaml': text, 'readme.md': markdown, dependencies: json },
  sbom: { sbom: HARBOR_SBOM_TYPE },
  cnai: { 'readme.md': markdown, license: text, files: json },
};

const modelDocs: Readonly<Record<string, readonly string[]>> = {
  'readme.md': ['README', 'README.md'],
  license: ['LICENSE', 'LICENSE.txt'],
};

/** Names of the additions that an artifact of this kind has (Harbor's §4.3). */
export function listAdditions(manifest: Manifest): readonly string[] {
  return Object.keys(additionTypesOf(manifest));
}

/**
 * Where to find an addition, from the manifest alone; `name` in lower case.
 *
 * @throws AppError invalid when artifacts of this kind have no such addition, not-found when this
 * one has not
 */
export function additionSourceOf(manifest: Manifest, name: string): AdditionSource {
  const types = additionTypesOf(manifest);
  const contentType = Object.hasOwn(types, name) ? types[name] : undefined;
  if (contentType === undefined) throw unsupported(manifest, name);
  const form = artifactFormOf(manifest);
  if (form === 'cnai') return { contentType, ...modelSourceOf(manifest, name) };
  if (form === 'sbom') {
    return { contentType, blob: sbomLayerOf(manifest), maxBytes: limits.sbom, task: undefined };
  }
  const isChart = form === 'chart';
  return {
    contentType,
    blob: isChart ? chartLayerOf(manifest) : configOf(manifest),
    maxBytes: isChart ? limits.chart : limits.config,
    task: { kind: isChart ? 'chart' : 'history' },
  };
}

function additionTypesOf(manifest: Manifest): Readonly<Record<string, string>> {
  return (manifest.kind === 'image' && additionsOfForm[artifactFormOf(manifest)]) || {};
}

/** In Harbor's words. */
function unsupported(manifest: Manifest, name: string): AppError {
  const { type } = artifactTypeOf(manifest);
  const form = artifactFormOf(manifest);
  if (form === 'plain') {
    const sentence = `the processor for artifact ${type} not found, cannot get the addition`;
    return new AppError('invalid', sentence);
  }
  const kind = unsupportedBy[form] ?? ` for ${type}`;
  return new AppError('invalid', `addition ${name.toUpperCase()} isn't supported${kind}`);
}

const unsupportedBy: Readonly<Partial<Record<ArtifactForm, string>>> = {
  index: '',
  cnab: '',
  image: ' for IMAGE(manifest version 2)',
  wasm: ' for WASM(manifest version 2)',
};

function configOf({ config }: Manifest): Descriptor {
  if (config === undefined) throw new AppError('not-found', 'the artifact has no config');
  return config;
}

/** The chart itself, which a provenance file may stand beside (Helm's "OCI-based registries"). */
function chartLayerOf({ config, layers }: Manifest): Descriptor {
  const content = layers.find(
    ({ mediaType }) => mediaType === 'application/vnd.cncf.helm.chart.content.v1.tar+gzip',
  );
  const layer = content ?? layers.find(({ digest }) => digest !== config?.digest);
  if (layer === undefined) throw new AppError('not-found', 'the artifact has no chart');
  return layer;
}

function sbomLayerOf({ layers }: Manifest): Descriptor {
  const [layer, ...others] = layers;
  if (layer === undefined || others.length > 0) {
    throw new AppError('not-found', 'the sbom is not found');
  }
  return layer;
}

function modelSourceOf(
  { layers }: Manifest,
  name: string,
): { body: Buffer } | { blob: Descriptor; maxBytes: number; task: Task | undefined } {
  if (name === 'files') return { body: Buffer.from(JSON.stringify(fileTreeOf(layers))) };
  const paths = modelDocs[name] ?? [];
  const blob = layers.find((layer) => {
    return modelDocFormOf(layer) !== undefined && paths.includes(filePathOf(layer) ?? '');
  });
  if (blob === undefined) throw new AppError('not-found', `the artifact has no ${name}`);
  const isArchive = modelDocFormOf(blob) === 'archive';
  return {
    blob,
    maxBytes: limits.document,
    task: isArchive ? { kind: 'document', name } : undefined,
  };
}

function modelDocFormOf({ mediaType }: Descriptor): 'archive' | 'raw' | undefined {
  if (mediaType === 'application/vnd.cncf.model.doc.v1.tar') return 'archive';
  return mediaType === 'application/vnd.cncf.model.doc.v1.raw' ? 'raw' : undefined;
}
