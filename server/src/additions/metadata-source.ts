import type { Descriptor, JsonObject, Manifest } from '@berth/oci';
import {
  artifactFormOf,
  artifactTypeOf,
  isAnnotatedWasm,
  WASM_CONFIG_TYPE,
} from '../artifacts/index.ts';
import type { ConfigRules } from './config.ts';
import { limits } from './limits.ts';

/** Where an artifact's metadata is (Harbor's `extra_attrs`, §4.3). */
export type MetadataSource =
  | { readonly kind: 'manifest'; readonly attrs: JsonObject }
  | {
      readonly kind: 'config';
      readonly config: Descriptor;
      readonly rules: ConfigRules;
      /** What the manifest adds. */
      readonly attrs: JsonObject;
    }
  /** In the config of another manifest, taken whole. */
  | { readonly kind: 'child'; readonly digest: string };

const whole: ConfigRules = { take: 'all', authorLabels: [], skip: [] };
const nothing: MetadataSource = { kind: 'manifest', attrs: {} };

/** Where to find the metadata, from the manifest alone. */
export function metadataSourceOf(manifest: Manifest): MetadataSource {
  switch (artifactFormOf(manifest)) {
    case 'image': {
      const authorLabels = ['org.opencontainers.image.authors', 'maintainer'];
      return inConfig(manifest, { take: 'image', authorLabels, skip: [] });
    }
    case 'index':
      return nothing;
    case 'cnab': {
      const child = manifest.manifests.findLast(
        ({ annotations }) => annotations?.['io.cnab.manifest.type'] === 'config',
      );
      return child === undefined ? nothing : { kind: 'child', digest: child.digest };
    }
    case 'wasm':
      return wasmSource(manifest);
    case 'chart':
    case 'sbom':
    case 'cnai':
      return wholeConfig(manifest);
    case 'plain':
      if (artifactTypeOf(manifest).type === 'UNKNOWN') return nothing;
      return inConfig(manifest, { ...whole, skip: skipListOf(manifest) });
  }
}

/** The config taken as it is. */
export function wholeConfig(manifest: Manifest): MetadataSource {
  return inConfig(manifest, whole);
}

function wasmSource(manifest: Manifest): MetadataSource {
  if (isAnnotatedWasm(manifest)) {
    const type = manifest.config?.mediaType ?? '';
    const rules: ConfigRules = { take: 'image', authorLabels: ['maintainer'], skip: [] };
    return inConfig(manifest, rules, { 'manifest.config.mediaType': type });
  }
  const [layer] = manifest.layers;
  const title = layer?.annotations?.['org.opencontainers.image.title'] ?? '';
  const ofLayer = layer && {
    'manifest.layers.mediaType': layer.mediaType,
    'org.opencontainers.image.title': title,
  };
  const attrs = { 'manifest.config.mediaType': WASM_CONFIG_TYPE, ...ofLayer };
  return { kind: 'manifest', attrs };
}

function inConfig(
  { config }: Manifest,
  rules: ConfigRules,
  attrs: JsonObject = {},
): MetadataSource {
  return config === undefined ? nothing : { kind: 'config', config, rules, attrs };
}

/** The members of the config that its pusher wants left out of the metadata. */
function skipListOf({ config }: Manifest): string[] {
  const list = config?.annotations?.['io.goharbor.artifact.v1alpha1.skip-list'];
  return list === undefined ? [] : list.split(',', limits.skipped);
}
