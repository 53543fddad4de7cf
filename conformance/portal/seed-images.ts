import { numberAt, textAt } from '../clients/assertion.ts';
import type { Descriptor } from '../clients/oci-requests.ts';
import { createImages, type ImageOptions, type Images } from './images.ts';
import type { SeedPlace } from './seed.ts';

type Say = (english: string, chinese: string) => string;

const VERSIONS = ['v2.6.0', 'v2.6.1', 'v2.7.0', 'v2.7.1', 'v2.8.0', 'v2.9.0', 'v2.10.0'];

const OTHERS = [
  ['payments/worker', 'v1.3.0', 'v1.4.0'],
  ['payments/ledger', 'v0.9.0', 'v1.0.0'],
  ['platform/base-node', '24', '26'],
  ['platform/base-jre', '21', '25'],
  ['web/storefront', '2026.11.1', '2026.11.2'],
  ['web/checkout', '3.1.0', '3.2.0'],
  ['data-science/notebook', '1.0', '1.1'],
  ['mobile/gateway', '5.0.1', '5.1.0'],
  ['observability/collector', '0.140.0', '0.141.0'],
] as const;

const SBOM = {
  spdxVersion: 'SPDX-2.3',
  name: 'api',
  packages: [{ name: 'openssl', versionInfo: '3.5.1', licenseConcluded: 'Apache-2.0' }],
};

/** Images with several tags and platforms, a chart, signatures, and something that was deleted. */
export async function seedImages(place: SeedPlace, say: Say): Promise<void> {
  const images = createImages(place);
  const newest = await seedApi(images, say);
  for (const [repository, ...tags] of OTHERS) {
    for (const tag of tags) await images.pushImage(repository, imageOf(repository, [tag], say));
  }
  await images.pushChart('platform/charts/gateway', chartOf(say));
  await images.pushReferrer('payments/api', newest, {
    artifactType: 'application/vnd.dev.cosign.artifact.sig.v1+json',
    contentType: 'application/vnd.dev.cosign.simplesigning.v1+json',
    content: JSON.stringify({ critical: { image: { 'docker-manifest-digest': newest.digest } } }),
  });
  await images.pushReferrer('payments/api', newest, {
    artifactType: 'application/spdx+json',
    contentType: 'application/spdx+json',
    content: JSON.stringify(SBOM),
  });
  const repository = '/api/v2.0/projects/payments/repositories/api';
  await place.api('PUT', repository, 200, { description: readmeOf(say) });
  const labels = await place.api('GET', '/api/v2.0/labels?scope=g', 200);
  await place.api('POST', `${repository}/artifacts/${newest.digest}/labels`, 200, {
    id: numberAt(labels, 0, 'id'),
  });
  const old = await place.api('GET', `${repository}/artifacts/v2.6.0`, 200);
  await place.api('DELETE', `${repository}/artifacts/${textAt(old, 'digest')}`, 200);
}

async function seedApi(images: Images, say: Say): Promise<Descriptor> {
  let newest: Descriptor | undefined;
  for (const [index, version] of VERSIONS.entries()) {
    const tags = index === VERSIONS.length - 1 ? [version, 'latest', 'stable'] : [version];
    const options = imageOf('payments/api', tags, say);
    newest = await images.pushIndex('payments/api', ['amd64', 'arm64'], options);
  }
  // A tag that has moved has a history.
  await images.pushImage('payments/api', imageOf('payments/api', ['edge'], say));
  await images.pushImage('payments/api', imageOf('payments/api edge', ['edge', 'main'], say));
  if (newest === undefined) throw new Error('no version was pushed');
  return newest;
}

function imageOf(name: string, tags: readonly string[], say: Say): ImageOptions {
  const title = name.split('/').at(-1) ?? name;
  const id = `${name} ${tags[0]}`;
  const described = say(`The ${title} service`, '支付服务');
  const labels = {
    'org.opencontainers.image.title': title,
    'org.opencontainers.image.description': described,
    'org.opencontainers.image.source': `https://git.example.com/${name}`,
    'org.opencontainers.image.version': tags[0] ?? '',
    'org.opencontainers.image.licenses': 'Apache-2.0',
  };
  return {
    tags,
    author: 'build@example.com',
    labels,
    annotations: labels,
    layers: [
      { name: 'debian', kilobytes: 2900, createdBy: '/bin/sh -c #(nop) ADD file:8a4f2 in /' },
      { name: `node ${title}`, kilobytes: 1700, createdBy: 'RUN install-node 26' },
      { name: `${id} modules`, kilobytes: 900, createdBy: 'COPY node_modules ./node_modules' },
      { name: `${id} code`, kilobytes: 220, createdBy: 'COPY dist ./' },
    ],
  };
}

function chartOf(say: Say) {
  const description = say('Routes traffic to services of the platform', '平台流量网关');
  return {
    name: 'gateway',
    version: '4.2.0',
    metadata: {
      appVersion: '4.2',
      description,
      type: 'application',
      home: 'https://example.com/gateway',
      keywords: ['gateway', 'ingress'],
      maintainers: [{ name: 'Platform', email: 'platform@example.com' }],
      dependencies: [
        {
          name: 'common',
          version: '2.1.0',
          repository: 'oci://registry.example.com/platform/charts',
        },
      ],
    },
    values: [
      `# ${say('How many run at once', '副本数')}`,
      'replicaCount: 3',
      'image:',
      '  repository: platform/gateway',
      '  tag: "4.2"',
      '  pullPolicy: IfNotPresent',
      'service:',
      '  type: ClusterIP',
      '  port: 8080',
      'resources:',
      '  requests: { cpu: 100m, memory: 128Mi }',
      '',
    ].join('\n'),
    readme: say(
      '# Gateway\n\nRoutes traffic to the services of the platform.\n\n## Install\n\n```sh\nhelm install gateway oci://registry.example.com/platform/charts/gateway --version 4.2.0\n```\n\n| Value | Meaning | Default |\n|---|---|---|\n| `replicaCount` | how many run at once | `3` |\n| `service.port` | where it listens | `8080` |\n',
      '# 网关\n\n平台流量网关。\n\n## 安装\n\n```sh\nhelm install gateway oci://registry.example.com/platform/charts/gateway\n```\n',
    ),
  };
}

function readmeOf(say: Say): string {
  return say(
    '## Payments API\n\nTakes payments and tells the ledger. Owned by **payments**; see the [handbook](https://handbook.example.com/payments).\n\n- `latest` and `stable` are what production runs\n- `edge` is built from every commit\n',
    '## 支付接口\n\n处理支付并记账。\n\n- `latest` 用于生产环境\n',
  );
}
