import { join } from 'node:path';
import { assertEqual, assertIncludes, listAt, numberAt, textAt } from './assertion.ts';
import type { Client, Step } from './client.ts';
import type { Context } from './context.ts';
import { assertSameImage, type Layout, writeImageLayout, writeIndexLayout } from './layout.ts';
import { createContainer, createTkeSteps, waitFor } from './tke-session.ts';
import {
  DEFAULT_TENANT,
  OTHER_TENANT,
  openTkeWorld,
  type TkeKind,
  type TkeUser,
  type TkeWorld,
  tkeKinds,
} from './tke-world.ts';

/** skopeo and crane by the tenants' host names over plain HTTP, over either back end. */
export const tkeImages: Client = {
  name: 'tke-images',
  tools: ['skopeo', 'crane'],
  createSteps: (context) => tkeKinds.flatMap((kind) => new ImageSession(context, kind).steps()),
};

const FROM_PLAIN = '--src-tls-verify=false';
const TO_PLAIN = '--dest-tls-verify=false';
const PLAIN = '--tls-verify=false';
const GONE = /manifest unknown|not found/i;
/** A public and a private namespace; the other tenant has a private one of the same name. */
const OPEN = 'open';
const CLOSED = 'closed';

class ImageSession {
  readonly #context: Context;
  readonly #kind: TkeKind;
  #opened: TkeWorld | undefined;
  #image: Layout | undefined;
  #index: Layout | undefined;

  constructor(context: Context, kind: TkeKind) {
    this.#context = context;
    this.#kind = kind;
  }

  steps(): Step[] {
    return createTkeSteps(this.#context, this.#kind, [
      ['two tenants have namespaces of the same name', () => this.#start()],
      ['login with password and API key, and nothing else', () => this.#login()],
      ['push an image and pull it back byte for byte', () => this.#pushImage()],
      ['push an index with all platforms below a deep name', () => this.#pushIndex()],
      ['copy the index to another namespace', () => this.#copy()],
      ['the same name of another tenant is another image', () => this.#isolate()],
      ['inspect and list tags under the names people know', () => this.#inspect()],
      ['who is nobody pulls what is public, and pushes nothing', () => this.#anonymous()],
      ['another tenant gets nothing private', () => this.#crossTenants()],
      ['library is everybody’s to pull and the administrator’s to push', () => this.#library()],
      ['crane pushes, lists, copies, tags and validates', () => this.#crane()],
      ['the Repository object has its tags, digests and pulls', () => this.#followObject()],
      ['delete, which members may not', () => this.#delete()],
    ]);
  }

  get #world(): TkeWorld {
    if (this.#opened === undefined) throw new Error('the registry did not start');
    return this.#opened;
  }

  get #layouts(): { readonly image: Layout; readonly index: Layout } {
    if (this.#image === undefined || this.#index === undefined)
      throw new Error('nothing was pushed');
    return { image: this.#image, index: this.#index };
  }

  async #start(): Promise<void> {
    this.#opened = await openTkeWorld(this.#context, this.#kind);
    await createContainer(this.#world, 'Namespace', 'alice', { name: OPEN, visibility: 'Public' });
    for (const user of ['alice', 'bob'] as const) {
      await createContainer(this.#world, 'Namespace', user, {
        name: CLOSED,
        visibility: 'Private',
      });
    }
    this.#image = await writeImageLayout(await this.#world.directory('image'));
    this.#index = await writeIndexLayout(await this.#world.directory('index'));
  }

  async #login(): Promise<void> {
    const file = join(await this.#world.directory('login'), 'auth.json');
    const start = [this.#context.tool('skopeo'), 'login', PLAIN, '--authfile', file];
    const login = (tenant: string, username: string) => {
      return [...start, '--username', username, '--password-stdin', this.#world.host(tenant)];
    };
    const alice = login(DEFAULT_TENANT, 'alice');
    await this.#world.run(alice, { input: this.#world.password });
    await this.#world.run(alice, { input: this.#world.key('alice') });
    const wrong = this.#context.wrongPassword;
    await this.#world.refuse(alice, undefined, { input: wrong });
    await this.#world.refuse(alice, undefined, { input: `${this.#world.key('alice')}x` });
    const foreign = login(OTHER_TENANT, 'alice');
    await this.#world.refuse(foreign, undefined, { input: this.#world.key('alice') });
  }

  async #pushImage(): Promise<void> {
    const { image } = this.#layouts;
    await this.#push('alice', image, `${CLOSED}/app:1`);
    await this.#pull('mia', `${CLOSED}/app:1`, image, 'image-pulled');
    await this.#push('mia', image, `${CLOSED}/app:again`);
  }

  async #pushIndex(): Promise<void> {
    const { index } = this.#layouts;
    const name = `${CLOSED}/deep/er/app`;
    await this.#push('alice', index, `${name}:multi`);
    await this.#pull('alice', `${name}:multi`, index, 'index-by-tag');
    await this.#pull('alice', `${name}@${index.digest}`, index, 'index-by-digest');
  }

  async #copy(): Promise<void> {
    const source = this.#remote(`${CLOSED}/deep/er/app:multi`);
    const target = this.#remote(`${OPEN}/app:multi`);
    const argv = ['copy', '--multi-arch=all', FROM_PLAIN, TO_PLAIN, source, target];
    await this.#skopeo('alice', ...argv);
    await this.#pull('alice', `${OPEN}/app:multi`, this.#layouts.index, 'index-copied');
  }

  async #isolate(): Promise<void> {
    const theirs = await writeImageLayout(await this.#world.directory('theirs'));
    await this.#push('bob', theirs, `${CLOSED}/app:1`, OTHER_TENANT);
    await this.#pull('bob', `${CLOSED}/app:1`, theirs, 'theirs-pulled', OTHER_TENANT);
    await this.#pull('alice', `${CLOSED}/app:1`, this.#layouts.image, 'ours-pulled');
  }

  async #inspect(): Promise<void> {
    const remote = this.#remote(`${CLOSED}/app`);
    const listed: unknown = JSON.parse(await this.#skopeo('alice', 'list-tags', PLAIN, remote));
    const name = `${this.#world.host(DEFAULT_TENANT)}/${CLOSED}/app`;
    assertEqual(textAt(listed, 'Repository'), name, 'repository');
    assertEqual(listAt(listed, 'Tags').map(String).toSorted(), ['1', 'again'], 'tags');
    const shown = await this.#skopeo('alice', 'inspect', PLAIN, `${remote}:1`);
    const found: unknown = JSON.parse(shown);
    assertEqual(textAt(found, 'Name'), name, 'name');
    assertEqual(textAt(found, 'Digest'), this.#layouts.image.digest, 'digest');
  }

  async #anonymous(): Promise<void> {
    await this.#pull('none', `${OPEN}/app:multi`, this.#layouts.index, 'anonymous');
    await this.#refusePull('none', `${CLOSED}/app:1`);
    await this.#refusePush('none', `${OPEN}/app:anonymous`);
  }

  async #crossTenants(): Promise<void> {
    await this.#refusePull('bob', `${CLOSED}/app:1`);
    await this.#refusePull('alice', `${CLOSED}/app:1`, OTHER_TENANT);
    await this.#refusePush('bob', `${CLOSED}/app:bob`);
    await this.#refusePush('bob', `${OPEN}/app:bob`);
    await this.#refusePush('alice', 'absent/app:1', /there is no namespace absent/);
    await this.#pull('bob', `${OPEN}/app:multi`, this.#layouts.index, 'public-of-others');
  }

  async #library(): Promise<void> {
    const { image } = this.#layouts;
    await this.#refusePush('alice', 'library/app:1');
    await this.#push('admin', image, 'library/app:1');
    for (const tenant of [DEFAULT_TENANT, OTHER_TENANT]) {
      await this.#pull('none', 'library/app:1', image, `library-${tenant}`, tenant);
    }
  }

  async #crane(): Promise<void> {
    const { image, index } = this.#layouts;
    const name = `${this.#world.host(DEFAULT_TENANT)}/${CLOSED}/crane`;
    const crane = (...args: string[]) =>
      this.#world.run([this.#context.tool('crane'), '--insecure', ...args], { login: 'alice' });
    await crane('push', image.directory, `${name}:1`);
    assertEqual(await crane('digest', `${name}:1`), image.digest, 'digest');
    await crane('validate', '--remote', `${name}:1`);
    const source = `${this.#world.host(DEFAULT_TENANT)}/${OPEN}/app:multi`;
    await crane('copy', source, `${name}:multi`);
    assertEqual(await crane('digest', `${name}:multi`), index.digest, 'digest of the copy');
    await crane('tag', `${name}:multi`, 'latest');
    assertEqual((await crane('ls', name)).split('\n').toSorted(), ['1', 'latest', 'multi'], 'tags');
    const catalog = await crane('catalog', this.#world.host(DEFAULT_TENANT));
    assertIncludes(catalog, `${CLOSED}/crane`, 'catalog');
  }

  async #followObject(): Promise<void> {
    await waitFor(async () => {
      const fields = `spec.namespaceName=${CLOSED},spec.name=app`;
      const path = `/repositories?fieldSelector=${encodeURIComponent(fields)}`;
      const [object] = listAt(await this.#world.api(path, { as: 'alice' }, 200), 'items');
      const tags = listAt(object, 'status', 'tags').map((tag) => {
        return `${textAt(tag, 'name')} ${textAt(tag, 'digest')}`;
      });
      const { digest } = this.#layouts.image;
      assertEqual(tags.toSorted(), [`1 ${digest}`, `again ${digest}`], 'tags');
      assertEqual(numberAt(object, 'status', 'pullCount') > 0, true, 'pulls were counted');
    });
  }

  async #delete(): Promise<void> {
    const remote = this.#remote(`${CLOSED}/app:1`);
    const argv = [this.#context.tool('skopeo'), 'delete', PLAIN, remote];
    await this.#world.refuse(argv, undefined, { login: 'mia' });
    await this.#world.run(argv, { login: 'alice' });
    const inspect = [this.#context.tool('skopeo'), 'inspect', PLAIN, remote];
    await this.#world.refuse(inspect, GONE, { login: 'alice' });
  }

  #remote(reference: string, tenant = DEFAULT_TENANT): string {
    return `docker://${this.#world.host(tenant)}/${reference}`;
  }

  #skopeo(login: TkeUser | 'none', ...args: string[]): Promise<string> {
    return this.#world.run([this.#context.tool('skopeo'), ...args], { login });
  }

  #pushArgs(layout: Layout, reference: string, tenant = DEFAULT_TENANT): string[] {
    const target = this.#remote(reference, tenant);
    return ['copy', '--all', TO_PLAIN, `oci:${layout.directory}:${layout.tag}`, target];
  }

  async #push(as: TkeUser, layout: Layout, reference: string, tenant?: string): Promise<void> {
    await this.#skopeo(as, ...this.#pushArgs(layout, reference, tenant));
  }

  /** @param name of the directory that it is pulled to */
  async #pull(
    as: TkeUser | 'none',
    reference: string,
    layout: Layout,
    name: string,
    tenant?: string,
  ): Promise<void> {
    const directory = await this.#world.directory(name);
    const source = this.#remote(reference, tenant);
    await this.#skopeo(as, 'copy', '--all', FROM_PLAIN, source, `oci:${directory}:1`);
    await assertSameImage(layout.directory, directory, layout.digest);
  }

  async #refusePull(login: TkeUser | 'none', reference: string, tenant?: string): Promise<void> {
    const target = `oci:${await this.#world.directory('refused')}:1`;
    const argv = ['copy', FROM_PLAIN, this.#remote(reference, tenant), target];
    await this.#world.refuse([this.#context.tool('skopeo'), ...argv], undefined, { login });
  }

  async #refusePush(login: TkeUser | 'none', reference: string, why?: RegExp): Promise<void> {
    const argv = this.#pushArgs(this.#layouts.image, reference);
    await this.#world.refuse([this.#context.tool('skopeo'), ...argv], why, { login });
  }
}
