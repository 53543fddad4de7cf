import { type Manifest, parseManifest } from '@berth/oci';
import { describe, expect, it } from 'vitest';
import { accessoryTypeOf, artifactTypeOf, findCosignSubject, iconOf } from './artifact-type.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const imageConfig = 'application/vnd.oci.image.config.v1+json';
const ociIndex = 'application/vnd.oci.image.index.v1+json';

function image(configType: string, more: object = {}, layers: readonly object[] = []): Manifest {
  const config = { mediaType: configType, digest, size: 2 };
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const body = { schemaVersion: 2, mediaType, config, layers, ...more };
  return parseManifest(Buffer.from(JSON.stringify(body)), undefined);
}

function index(more: object = {}): Manifest {
  const body = { schemaVersion: 2, mediaType: ociIndex, manifests: [], ...more };
  return parseManifest(Buffer.from(JSON.stringify(body)), undefined);
}

const layer = (mediaType: string, annotations: object = {}) => ({
  mediaType,
  digest,
  size: 2,
  annotations,
});

describe('the type of an artifact', () => {
  it.each([
    [imageConfig, 'IMAGE'],
    ['application/vnd.docker.container.image.v1+json', 'IMAGE'],
    ['application/vnd.cncf.helm.config.v1+json', 'CHART'],
    ['application/vnd.wasm.config.v1+json', 'WASM'],
    ['application/vnd.goharbor.harbor.sbom.v1', 'SBOM'],
    ['application/vnd.caicloud.model.config.v1alpha1+json', 'MODEL'],
    ['application/vnd.acme.two.words.config.v1+json', 'TWO.WORDS'],
    ['application/vnd.oci.empty.v1+json', 'UNKNOWN'],
    ['application/vnd.docker.plugin.v1+json', 'UNKNOWN'],
  ])('is told by the config %s: %s', (configType, type) => {
    expect(artifactTypeOf(image(configType))).toEqual({
      type,
      configMediaType: configType,
      artifactType: configType,
      icon: iconOf(type),
    });
  });

  it('is told by the artifact type before the config', () => {
    const artifactType = 'application/vnd.cncf.model.manifest.v1+json';
    const model = artifactTypeOf(image('application/vnd.oci.empty.v1+json', { artifactType }));
    expect(model).toMatchObject({ type: 'CNAI', artifactType });
    const chartConfig = 'application/vnd.cncf.helm.config.v1+json';
    const sbom = image(chartConfig, { artifactType: 'application/vnd.goharbor.harbor.sbom.v1' });
    expect(artifactTypeOf(sbom)).toMatchObject({ type: 'SBOM', configMediaType: chartConfig });
    // An artifact type without rules leaves the config's name to tell, as in Harbor.
    const other = artifactTypeOf(image(chartConfig, { artifactType: 'text/x-other' }));
    expect(other.type).toBe('HELM');
  });

  it.each([{ 'module.wasm.image/variant': 'compat' }, { 'run.oci.handler': 'wasm' }])(
    'is WASM for an image annotated %j',
    (annotations) => {
      expect(artifactTypeOf(image(imageConfig, { annotations }))).toMatchObject({
        type: 'WASM',
        configMediaType: 'application/vnd.wasm.config.v1+json',
        artifactType: imageConfig,
      });
      expect(artifactTypeOf(index({ annotations })).type).toBe('IMAGE');
    },
  );

  it('is IMAGE for an index unless it is a CNAB or of an artifact type of its own', () => {
    expect(artifactTypeOf(index())).toEqual({
      type: 'IMAGE',
      configMediaType: ociIndex,
      artifactType: undefined,
      icon: iconOf('IMAGE'),
    });
    const cnab = 'application/vnd.cnab.manifest.v1';
    const annotated = index({ annotations: { 'org.opencontainers.artifactType': cnab } });
    expect(artifactTypeOf(annotated)).toMatchObject({ type: 'CNAB', configMediaType: cnab });
    expect(artifactTypeOf(index({ artifactType: cnab }))).toMatchObject({
      type: 'CNAB',
      configMediaType: ociIndex,
      artifactType: cnab,
    });
    expect(artifactTypeOf(index({ artifactType: 'text/x-other' })).type).toBe('UNKNOWN');
  });

  it('cannot be made one of an object’s inherited members', () => {
    const made = image('application/vnd.acme.constructor.config.v1+json');
    expect(artifactTypeOf(made).icon).toBe(iconOf('UNKNOWN'));
    expect(iconOf('constructor', '__proto__')).toBe(iconOf('UNKNOWN'));
  });
});

describe('the type of an accessory', () => {
  const subject = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest, size: 2 };
  const bootstrap = { 'containerd.io/snapshot/nydus-bootstrap': 'true' };

  it.each([
    ['application/vnd.cncf.notary.signature', 'signature.notation'],
    ['application/vnd.dev.cosign.artifact.sig.v1+json', 'signature.cosign'],
    ['application/vnd.dev.sigstore.bundle.v0.3+json', 'signature.cosign'],
    ['application/vnd.goharbor.harbor.sbom.v1', 'sbom.harbor'],
    ['application/spdx+json', 'subject.accessory'],
    [imageConfig, 'subject.accessory'],
  ])('is told by the artifact type or the config %s: %s', (type, expected) => {
    expect(accessoryTypeOf(image(type, { subject }))).toBe(expected);
    expect(accessoryTypeOf(index({ subject, artifactType: type }))).toBe(expected);
    expect(accessoryTypeOf(image(type))).toBeUndefined();
  });

  it('is Nydus for an image whose last layer is a bootstrap', () => {
    const [plain, last] = [layer('text/plain'), layer('text/plain', bootstrap)];
    expect(accessoryTypeOf(image(imageConfig, { subject }, [plain, last]))).toBe(
      'accelerator.nydus',
    );
    expect(accessoryTypeOf(image(imageConfig, { subject }, [last, plain]))).toBe(
      'subject.accessory',
    );
    expect(accessoryTypeOf(index({ subject }))).toBe('subject.accessory');
  });

  it('has a picture of its own, or that of the artifact', () => {
    expect(iconOf('UNKNOWN', 'signature.cosign')).toMatch(/^sha256:20401d5b/);
    expect(iconOf('CHART', 'subject.accessory')).toBe(iconOf('CHART'));
    expect(iconOf('CHART', null)).toBe(iconOf('CHART'));
  });
});

describe('the subject of a cosign signature', () => {
  const signature = image(imageConfig, {}, [
    layer('application/vnd.dev.cosign.simplesigning.v1+json'),
  ]);

  it('is in the tag of a manifest with a signature layer, and nowhere else', () => {
    const tag = `sha256-${'b'.repeat(64)}.sig`;
    expect(findCosignSubject(tag, signature)).toBe(`sha256:${'b'.repeat(64)}`);
    expect(findCosignSubject(tag, image(imageConfig))).toBeUndefined();
    expect(findCosignSubject(`${tag}x`, signature)).toBeUndefined();
    expect(findCosignSubject(tag.toUpperCase(), signature)).toBeUndefined();
  });
});
