import { type Manifest, mediaType } from '@berth/oci';

/** What Harbor says of an artifact's kind (Harbor's §4.1). */
export interface ArtifactType {
  /** `IMAGE`, `CHART`, `CNAB`, `WASM`, `SBOM`, `CNAI`, a vendor's own in upper case, or `UNKNOWN`. */
  readonly type: string;
  /** Harbor's `media_type`: the config's; of an index its own, or what its annotation says. */
  readonly configMediaType: string;
  /** Harbor's `artifact_type`; undefined for an index that tells none. */
  readonly artifactType: string | undefined;
  /** The digest under which `/icons` has the picture. */
  readonly icon: string;
}

/** How a manifest's metadata and additions are read; `plain` is everything without rules of its own. */
export type ArtifactForm =
  | 'image'
  | 'index'
  | 'chart'
  | 'cnab'
  | 'wasm'
  | 'sbom'
  | 'cnai'
  | 'plain';

/** Harbor's types of what is attached to another artifact. */
export type AccessoryType =
  | 'signature.cosign'
  | 'signature.notation'
  | 'accelerator.nydus'
  | 'sbom.harbor'
  | 'subject.accessory';

/** The config type of WebAssembly modules, which Harbor tells of those known by annotation too. */
export const WASM_CONFIG_TYPE = 'application/vnd.wasm.config.v1+json';
/** Both the artifact type of Harbor's SBOMs and the content type of what they hold. */
export const HARBOR_SBOM_TYPE = 'application/vnd.goharbor.harbor.sbom.v1';

const forms: ReadonlyMap<string, ArtifactForm> = new Map<string, ArtifactForm>([
  [mediaType.ociConfig, 'image'],
  [mediaType.dockerConfig, 'image'],
  [mediaType.ociIndex, 'index'],
  [mediaType.dockerManifestList, 'index'],
  ['application/vnd.cncf.helm.config.v1+json', 'chart'],
  ['application/vnd.cnab.manifest.v1', 'cnab'],
  [WASM_CONFIG_TYPE, 'wasm'],
  [HARBOR_SBOM_TYPE, 'sbom'],
  ['application/vnd.cncf.model.manifest.v1+json', 'cnai'],
]);

const typeOfForm = {
  image: 'IMAGE',
  index: 'IMAGE',
  chart: 'CHART',
  cnab: 'CNAB',
  wasm: 'WASM',
  sbom: 'SBOM',
  cnai: 'CNAI',
} as const satisfies Record<Exclude<ArtifactForm, 'plain'>, string>;

const accessoryTypes: ReadonlyMap<string, AccessoryType> = new Map<string, AccessoryType>([
  ['application/vnd.cncf.notary.signature', 'signature.notation'],
  ['application/vnd.dev.cosign.artifact.sig.v1+json', 'signature.cosign'],
  ['application/vnd.dev.sigstore.bundle.v0.3+json', 'signature.cosign'],
  [HARBOR_SBOM_TYPE, 'sbom.harbor'],
]);

// Harbor's clients know its pictures by these digests; `/icons` answers with drawings of our own.
const icons: ReadonlyMap<string, string> = new Map([
  ['IMAGE', 'sha256:0048162a053eef4d4ce3fe7518615bef084403614f8bca43b40ae2e762e11e06'],
  ['CHART', 'sha256:61cf3a178ff0f75bf08a25d96b75cf7355dc197749a9f128ed3ef34b0df05518'],
  ['CNAB', 'sha256:089bdda265c14d8686111402c8ad629e8177a1ceb7dcd0f7f39b6480f623b3bd'],
  ['WASM', 'sha256:badd7693bcaf115be202748241dd0ea6ee3b0524bfab9ac22d1e1c43721afec6'],
  ['CNAI', 'sha256:1e1e5c5fdaf0931ec8655e835d1182f723a0c322a6760211622e1270f0193717'],
  ['SBOM', 'sha256:c19f80c357cd7e90d2a01b9ae3e2eb62ce447a2662bb590a19177d72d550bdae'],
  ['sbom.harbor', 'sha256:c19f80c357cd7e90d2a01b9ae3e2eb62ce447a2662bb590a19177d72d550bdae'],
  ['signature.cosign', 'sha256:20401d5b3a0f6dbc607c8d732eb08471af4ae6b19811a4efce8c6a724aed2882'],
  ['signature.notation', 'sha256:3ac706e102bbe9362b400aa162df58135d35e66b9c3bee2165de92022d25fe34'],
  ['accelerator.nydus', 'sha256:dfcb6617cd9c144358dc1b305b87bbe34f0b619f1e329116e6aee2e41f2e34cf'],
]);
const defaultIcon = 'sha256:da834479c923584f4cbcdecc0dac61f32bef1d51e8aae598cf16bd154efab49f';

const NYDUS_BOOTSTRAP = 'containerd.io/snapshot/nydus-bootstrap';
const COSIGN_LAYER = 'application/vnd.dev.cosign.simplesigning.v1+json';

/** Harbor's type of the artifact, from its manifest alone (Harbor's §4.1, §4.3). */
export function artifactTypeOf(manifest: Manifest): ArtifactType {
  const configMediaType = configMediaTypeOf(manifest);
  const form = artifactFormOf(manifest);
  const type = form === 'plain' ? vendorTypeOf(configMediaType) : typeOfForm[form];
  return { type, configMediaType, artifactType: manifest.artifactType, icon: iconOf(type) };
}

/** Which rules the artifact is read by: those of its artifact type, else of its media type. */
export function artifactFormOf(manifest: Manifest): ArtifactForm {
  const declared = manifest.artifactType ?? configMediaTypeOf(manifest);
  const isDeclaredByConfig = declared === manifest.config?.mediaType;
  if (isDeclaredByConfig && isAnnotatedWasm(manifest)) return 'wasm';
  return forms.get(declared) ?? 'plain';
}

/** Whether annotations make the image a WebAssembly module (the "compat" variant and crun's). */
export function isAnnotatedWasm({ kind, annotations }: Manifest): boolean {
  if (kind !== 'image') return false;
  return (
    annotations['module.wasm.image/variant'] === 'compat' ||
    annotations['run.oci.handler'] === 'wasm'
  );
}

/** The type of what a manifest with a `subject` is to it; undefined without one (Harbor's §2.1). */
export function accessoryTypeOf(manifest: Manifest): AccessoryType | undefined {
  if (manifest.subject === undefined) return undefined;
  const declared = manifest.artifactType ?? '';
  if (forms.get(declared) === 'image') {
    return isNydus(manifest) ? 'accelerator.nydus' : 'subject.accessory';
  }
  return accessoryTypes.get(declared) ?? 'subject.accessory';
}

/**
 * The digest that a cosign signature pushed as the tag `sha256-<hex>.sig` is about; undefined when
 * the tag or the layers are not of that kind (Harbor's §2.1, "cosign").
 */
export function findCosignSubject(tag: string, manifest: Manifest): string | undefined {
  const hex = /^sha256-([0-9a-f]{64})\.sig$/.exec(tag)?.[1];
  if (hex === undefined) return undefined;
  const isSignature = manifest.layers.some((layer) => layer.mediaType === COSIGN_LAYER);
  return isSignature ? `sha256:${hex}` : undefined;
}

/** The digest of the picture: of the accessory's type where it has one, else of the artifact's. */
export function iconOf(type: string, accessoryType?: string | null): string {
  const ofAccessory = accessoryType ? icons.get(accessoryType) : undefined;
  return ofAccessory ?? icons.get(type) ?? defaultIcon;
}

/** The type in `application/vnd.<vendor>.<type>.config.<version>+json`, as Harbor takes it. */
function vendorTypeOf(configMediaType: string): string {
  const group = /^application\/vnd\.[^.]*\.(.*)\.config\.[^.]*\+json$/.exec(configMediaType)?.[1];
  return group?.toUpperCase() ?? 'UNKNOWN';
}

function configMediaTypeOf(manifest: Manifest): string {
  if (manifest.kind === 'index') {
    return manifest.annotations['org.opencontainers.artifactType'] || manifest.mediaType;
  }
  if (isAnnotatedWasm(manifest)) return WASM_CONFIG_TYPE;
  return manifest.config?.mediaType ?? manifest.mediaType;
}

function isNydus({ layers }: Manifest): boolean {
  const annotations = layers.at(-1)?.annotations;
  return annotations !== undefined && Object.hasOwn(annotations, NYDUS_BOOTSTRAP);
}
