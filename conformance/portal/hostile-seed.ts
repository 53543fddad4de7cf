import { numberAt } from '../clients/assertion.ts';
import { hostileTexts } from './hostile-cases.ts';
import { createImages, type Images } from './images.ts';
import type { SeededWorld } from './seeded-world.ts';

const PROJECT = 'hostile';

/** A project in which everything that can be written is hostile. */
export async function seedHostile(world: SeededWorld): Promise<void> {
  const { api } = world;
  await api('POST', '/api/v2.0/projects', 201, { project_name: PROJECT });
  const project = await api('GET', `/api/v2.0/projects/${PROJECT}`, 200);
  const images = createImages(world);
  await pushImage(images);
  await pushChart(images);
  await api('PUT', `/api/v2.0/projects/${PROJECT}/repositories/image`, 200, {
    description: hostileTexts('repository description').join('\n\n'),
  });
  for (const [index, description] of hostileTexts('label description').entries()) {
    await api('POST', '/api/v2.0/labels', 201, {
      name: `label-${index}`,
      description,
      scope: 'p',
      project_id: numberAt(project, 'project_id'),
    });
  }
  const access = [{ resource: 'repository', action: 'pull' }];
  for (const [index, description] of hostileTexts('robot description').entries()) {
    await api('POST', '/api/v2.0/robots', 201, {
      name: `robot-${index}`,
      description,
      level: 'project',
      duration: -1,
      permissions: [{ kind: 'project', namespace: PROJECT, access }],
    });
  }
  const addresses = hostileTexts('webhook address');
  for (const [index, description] of hostileTexts('webhook description').entries()) {
    await api('POST', `/api/v2.0/projects/${PROJECT}/webhook/policies`, 201, {
      name: `webhook-${index}`,
      description,
      enabled: true,
      event_types: ['PUSH_ARTIFACT'],
      targets: [
        {
          type: 'http',
          address: `http://127.0.0.1:9/?${encodeURIComponent(addresses[index] ?? '')}`,
        },
      ],
    });
  }
  // What is sent, and why nobody took it, stands in logs.
  await images.pushImage(`${PROJECT}/sent`, {
    tags: ['1'],
    layers: [{ name: 'hostile', kilobytes: 1, createdBy: 'COPY' }],
  });
  for (const [index, realname] of hostileTexts('real name').entries()) {
    await api('POST', '/api/v2.0/users', 201, {
      username: `hostile-${index}`,
      realname,
      email: `hostile-${index}@example.com`,
      password: 'Passw0rd1',
    });
  }
}

async function pushImage(images: Images): Promise<void> {
  const numbered = (texts: readonly string[]) =>
    Object.fromEntries(texts.map((text, index) => [`key-${index}`, text]));
  await images.pushImage(`${PROJECT}/image`, {
    tags: ['1'],
    author: hostileTexts('image author').join(' '),
    env: hostileTexts('image environment').map((text, index) => `KEY_${index}=${text}`),
    labels: numbered(hostileTexts('image label')),
    annotations: numbered(hostileTexts('image annotation')),
    layers: hostileTexts('image history').map((createdBy) => ({
      name: 'hostile',
      kilobytes: 1,
      createdBy,
    })),
  });
}

async function pushChart(images: Images): Promise<void> {
  const maintainers = hostileTexts('chart maintainer').map((name, index) => ({
    name,
    email: `m${index}@example.com`,
    url: hostileTexts('chart home')[index],
  }));
  for (const [index, icon] of hostileTexts('chart icon').entries()) {
    await images.pushChart(`${PROJECT}/chart`, {
      name: 'chart',
      version: `1.1.${index}`,
      metadata: { icon },
      values: 'a: 1',
      readme: 'An icon',
    });
  }
  await images.pushChart(`${PROJECT}/chart`, {
    name: 'chart',
    version: '1.0.0',
    metadata: {
      description: hostileTexts('chart description').join(' '),
      home: 'javascript:window.__xss=1',
      sources: hostileTexts('chart home'),
      keywords: hostileTexts('chart description'),
      maintainers,
    },
    values: hostileTexts('chart values')
      .map((text, index) => `key${index}: ${JSON.stringify(text)}`)
      .join('\n'),
    readme: hostileTexts('chart readme').join('\n\n'),
  });
}
