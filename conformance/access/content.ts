import type { Digest } from '@berth/oci';
import { vi } from 'vitest';
import {
  addBlob,
  addImage,
  addManifest,
  addPlatforms,
  createBytes,
  createDataSet,
  randomHex,
} from '../data.ts';
import type { TestRegistry } from '../registry.ts';
import { type Api, createdId, expectStatus, itemsOf, memberOf } from './api.ts';
import { CHART, uploadChart } from './charts.ts';
import { labelOrder, policyOrder, ruleOrder } from './content-requests.ts';
import { nothing, type Target } from './rest-requests.ts';

const PAGE = '?page_size=100';
const CONFIG = 'application/vnd.oci.image.config.v1+json';
const LAYER = 'application/vnd.oci.image.layer.v1.tar';
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

/** An image with a signature, an index, and an image that is to be deleted, always the same. */
function createImages() {
  const set = createDataSet();
  const word = `word${randomHex(6)}`;
  const annotations = { 'org.example.word': word };
  const image = addImage(set, { layerCount: 1, tags: ['v1'], annotations });
  addPlatforms(set, { layerCount: 1, tags: ['multi'] });
  const body = {
    schemaVersion: 2,
    mediaType: MANIFEST,
    artifactType: 'application/vnd.example.signature',
    config: addBlob(set, createBytes(20), CONFIG),
    layers: [addBlob(set, createBytes(20), LAYER)],
    subject: image,
  };
  const signature = addManifest(set, body, { subject: image }, body.artifactType);
  const deleted = addImage(set, { layerCount: 1, tags: ['old'] });
  return {
    set,
    word,
    image: image.digest,
    signature: signature.digest,
    deleted: deleted.digest,
  };
}

export interface ContentPorts {
  readonly registry: TestRegistry;
  readonly api: Api;
  readonly admin: string;
}

/** One object of every kind below a project, in the repository `app`. Makes again what is gone. */
export class Content {
  readonly #ports: ContentPorts;
  readonly #project: { readonly name: string; readonly id: number };
  readonly #images = createImages();
  #label: number | undefined;
  #rule: number | undefined;
  #policy: number | undefined;
  #work: { policy: number; execution: number; task: number } | undefined;

  constructor(ports: ContentPorts, project: { readonly name: string; readonly id: number }) {
    this.#ports = ports;
    this.#project = project;
  }

  get image(): Digest {
    return this.#images.image;
  }

  /** An annotation of the image. */
  get word(): string {
    return this.#images.word;
  }

  /** Gone from the repository, and still to be brought back. */
  get deleted(): Digest {
    return this.#images.deleted;
  }

  get signature(): Digest {
    return this.#images.signature;
  }

  /** Values of a path's parameters, with what this operation needs to succeed. */
  async supply(operationId: string): Promise<Target['objects']> {
    await this.ensureImage();
    if (/Deleted|restoreArtifact/.test(operationId)) await this.ensureDeleted();
    if (/Chart/.test(operationId)) return this.#supplyChart(operationId);
    const objects = {
      ...nothing,
      repository_name: operationId === 'CopyArtifact' ? 'copy' : 'app',
      reference: this.image,
      tag_name: 'v1',
      digest: this.deleted,
      ...(/Label/.test(operationId) && { label_id: await this.getLabel() }),
      ...(/Immu/.test(operationId) && { immutable_rule_id: await this.getRule() }),
    };
    if (operationId === 'addLabel') await this.#putLabel('DELETE');
    if (operationId === 'removeLabel') await this.#putLabel('POST');
    if (/Execution|Task|WebhookJobs/.test(operationId)) {
      const { policy, execution, task } = await this.getWork();
      return { ...objects, webhook_policy_id: policy, execution_id: execution, task_id: task };
    }
    if (!/Webhook/.test(operationId)) return objects;
    return { ...objects, webhook_policy_id: await this.getPolicy() };
  }

  async #supplyChart(operationId: string): Promise<Target['objects']> {
    await this.#ensureChart();
    const objects = { ...nothing, ...CHART, label_id: await this.getLabel() };
    const path = `/charts/${CHART.name}/${CHART.version}/labels`;
    if (operationId === 'addChartLabel') await this.#askChart('DELETE', `${path}/${this.#label}`);
    if (operationId === 'removeChartLabel') {
      await this.#askChart('POST', path, { id: this.#label });
    }
    return objects;
  }

  async ensureImage(): Promise<void> {
    const { json } = await this.#ask('GET', `/repositories/app/artifacts/${this.image}`);
    const tags = memberOf(json, 'tags');
    if (Array.isArray(tags) && tags.some((tag) => memberOf(tag, 'name') === 'v1')) return;
    await this.#push(`${this.#project.name}/app`);
  }

  async #ensureChart(): Promise<void> {
    const path = `/charts/${CHART.name}/${CHART.version}/labels`;
    if ((await this.#askChart('GET', path)).status === 200) return;
    const { registry, admin: authorization } = this.#ports;
    await expectStatus(201, uploadChart(registry.url, this.#project.name, { authorization }));
  }

  async ensureDeleted(): Promise<void> {
    const list = await this.#ask('GET', `/repositories/app/deleted-artifacts${PAGE}`);
    if (itemsOf(list).some((item) => memberOf(item, 'digest') === this.deleted)) return;
    const path = `/repositories/app/artifacts/${this.deleted}`;
    if ((await this.#ask('GET', path)).status !== 200) {
      await this.#push(`${this.#project.name}/app`);
    }
    await expectStatus(200, this.#ask('DELETE', path));
  }

  async getLabel(): Promise<number> {
    const { api, admin } = this.#ports;
    const as = { authorization: admin };
    const known = this.#label;
    if (known !== undefined && (await api('GET', `/labels/${known}`, as)).status === 200) {
      return known;
    }
    const body = labelOrder({ level: 'project', projectId: this.#project.id });
    this.#label = createdId(await expectStatus(201, api('POST', '/labels', { ...as, body })));
    return this.#label;
  }

  /** Puts the label on the image; it may be there. */
  async attachLabel(): Promise<void> {
    await this.getLabel();
    await this.#putLabel('POST');
  }

  async getRule(): Promise<number> {
    const rules = itemsOf(await this.#ask('GET', `/immutabletagrules${PAGE}`));
    const known = this.#rule;
    if (known !== undefined && rules.some((rule) => memberOf(rule, 'id') === known)) return known;
    const made = this.#ask('POST', '/immutabletagrules', ruleOrder());
    this.#rule = createdId(await expectStatus(201, made));
    return this.#rule;
  }

  async getPolicy(): Promise<number> {
    const known = this.#policy;
    if (known !== undefined) {
      if ((await this.#ask('GET', `/webhook/policies/${known}`)).status === 200) return known;
    }
    const made = this.#ask('POST', '/webhook/policies', policyOrder());
    this.#policy = createdId(await expectStatus(201, made));
    return this.#policy;
  }

  /** Something that a policy sent, or tried to. */
  async getWork(): Promise<{ policy: number; execution: number; task: number }> {
    const policy = await this.getPolicy();
    if (this.#work?.policy === policy) return this.#work;
    const executions = `/webhook/policies/${policy}/executions`;
    await this.#push(`${this.#project.name}/app`);
    const execution = await this.#awaitId(executions);
    const task = await this.#awaitId(`${executions}/${execution}/tasks`);
    this.#work = { policy, execution, task };
    return this.#work;
  }

  async #awaitId(path: string): Promise<number> {
    return vi.waitFor(
      async () => {
        const [item] = itemsOf(await this.#ask('GET', path));
        if (item === undefined) throw new Error(`nothing in ${path}`);
        return Number(memberOf(item, 'id'));
      },
      { timeout: 20_000 },
    );
  }

  async #push(repository: string): Promise<void> {
    const { client } = this.#ports.registry;
    const { set } = this.#images;
    for (const [digest, bytes] of set.blobs) await client.blobPush(repository, digest, bytes);
    for (const { bytes, descriptor, tags } of set.manifests) {
      const reference = tags[0] ?? descriptor.digest;
      await client.manifestPut(repository, reference, bytes, descriptor.mediaType);
    }
  }

  async #putLabel(method: 'POST' | 'DELETE'): Promise<void> {
    const path = `/repositories/app/artifacts/${this.image}/labels`;
    if (method === 'POST') await this.#ask(method, path, { id: this.#label });
    else await this.#ask(method, `${path}/${this.#label}`);
  }

  #askChart(method: string, path: string, body?: object) {
    const { api, admin: authorization } = this.#ports;
    return api(method, `/chartrepo/${this.#project.name}${path}`, { authorization, body });
  }

  #ask(method: string, path: string, body?: object) {
    const { api, admin } = this.#ports;
    return api(method, `/projects/${this.#project.name}${path}`, { authorization: admin, body });
  }
}
