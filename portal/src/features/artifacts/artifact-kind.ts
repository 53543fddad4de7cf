import { RUNTIMES } from '../../lib/preferences.ts';
import { FILES, HELM_WAYS, type Way } from './snippets.ts';

/** What of an artifact says which kind it is. */
export interface Kind {
  readonly type: string;
  readonly manifest_media_type: string;
  readonly addition_links?: Readonly<Record<string, unknown>>;
}

const INDEXES = new Set([
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
]);

/** Whether it only lists other manifests. */
export function isIndex(kind: Pick<Kind, 'manifest_media_type'>): boolean {
  return INDEXES.has(kind.manifest_media_type);
}

const TABS = [
  'overview',
  'readme',
  'values',
  'dependencies',
  'license',
  'files',
  'sbom',
  'layers',
  'history',
  'tags',
  'accessories',
  'manifest',
] as const;
export type ArtifactTab = (typeof TABS)[number];

/** Tabs that show a document of the artifact, and which addition that is. */
const ADDITIONS = new Map<ArtifactTab, Addition>([
  ['readme', 'readme.md'],
  ['values', 'values.yaml'],
  ['dependencies', 'dependencies'],
  ['license', 'license'],
  ['files', 'files'],
  ['sbom', 'sbom'],
  ['history', 'build_history'],
]);
export type Addition =
  | 'build_history'
  | 'dependencies'
  | 'files'
  | 'license'
  | 'readme.md'
  | 'sbom'
  | 'values.yaml';

/** The tabs that an artifact has anything to show on. */
export function listTabs(artifact: Kind): readonly ArtifactTab[] {
  const links = artifact.addition_links ?? {};
  return TABS.filter((tab) => {
    const addition = ADDITIONS.get(tab);
    if (addition !== undefined) return Object.hasOwn(links, addition);
    return tab !== 'layers' || !isIndex(artifact);
  });
}

/** The ways to get an artifact, the one that most want first. */
export function listWays({ type }: Pick<Kind, 'type'>, hasIndex: boolean): readonly Way[] {
  if (type === 'CHART') {
    return [...HELM_WAYS.filter((way) => way !== 'helm-repo' || hasIndex), 'oras', 'skopeo'];
  }
  if (type === 'IMAGE' || type === 'WASM') return [...RUNTIMES, ...FILES];
  return ['oras', 'skopeo'];
}
