import type { Log } from '../telemetry/index.ts';
import type { KubeCaller } from './caller.ts';
import type { Exchange, KubeAnswer } from './kube-answer.ts';
import type { KubeStore } from './kube-objects.ts';
import type { KubeObject } from './object.ts';
import { ObjectDeleter, parseDeleteOptions } from './object-deleter.ts';
import { ObjectLister, parseVersion } from './object-lister.ts';
import { ObjectWriter, type PatchType } from './object-writer.ts';
import { negotiate, presentMany, presentOne, type Representation } from './representation.ts';
import { contentTypeOf, parseDocument, readBody, unsupported } from './request-body.ts';
import {
  isTrue,
  parseCount,
  parseDryRun,
  parseFieldValidation,
  parseInclude,
  parseListRequest,
  parseManager,
} from './request-options.ts';
import type { ResourcePath } from './request-path.ts';
import type { Connect, KubeVerb } from './resource.ts';
import { createSelection, type Selection } from './selection.ts';
import { StatusError } from './status-error.ts';
import { notAllowed } from './status-errors.ts';
import type { WatchOptions } from './watch-stream.ts';
import type { WriteCall, Written } from './write-call.ts';

/** A request that was found to be for a resource, of a caller who may ask it. */
export interface ResourceCall {
  readonly exchange: Exchange;
  readonly path: ResourcePath;
  readonly verb: KubeVerb;
  readonly caller: KubeCaller;
  /** Whether the caller may do it with this object. @throws StatusError 403 */
  admit(object: KubeObject): Promise<void>;
}

const DOCUMENT_TYPES = ['', 'application/json', 'application/yaml', 'text/yaml'];
const APPLY_TYPE = 'application/apply-patch+yaml';
const PATCH_TYPES: Readonly<Record<string, PatchType>> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
};
const MIN_WATCH_SECONDS = 1_800;
const MAX_WATCH_SECONDS = 3_600;

/** Does what a request asks of a resource, apart from who may and how it is sent. */
export class ResourceHandler {
  readonly #writer: ObjectWriter;
  readonly #deleter: ObjectDeleter;
  readonly #lister: ObjectLister;

  constructor(objects: KubeStore, log: Log) {
    this.#writer = new ObjectWriter(objects);
    this.#deleter = new ObjectDeleter(objects, log);
    this.#lister = new ObjectLister(objects);
  }

  /** Everything but watches. @throws StatusError */
  async handle(call: ResourceCall): Promise<KubeAnswer> {
    const { path } = call;
    const connect = path.definition.connects.find(({ name }) => name === path.subresource);
    if (connect !== undefined) return this.#connect(call, connect);
    const representation = negotiate(call.exchange.request.headers.accept);
    switch (call.verb) {
      case 'get':
        return this.#get(call, representation);
      case 'list':
        return this.#list(call, representation);
      case 'create':
      case 'update':
      case 'patch':
        return this.#write(call, representation);
      case 'delete':
        return this.#delete(call, representation);
      case 'deletecollection':
        return this.#deleteAll(call, representation);
      case 'watch':
        throw notAllowed();
    }
  }

  async #get(call: ResourceCall, representation: Representation): Promise<KubeAnswer> {
    const { definition } = call.path;
    const object = await this.#writer.get({ ...call, definition, key: call.path });
    return present(call, object, representation);
  }

  async #list(call: ResourceCall, representation: Representation): Promise<KubeAnswer> {
    const { query } = call.exchange;
    const selection = await selectFor(call);
    const { items, metadata } = await this.#lister.list(selection, parseListRequest(query));
    const include = parseInclude(query);
    const { definition } = call.path;
    const body = presentMany(definition, items, metadata, representation, include);
    return { code: 200, body, isYaml: representation.isYaml };
  }

  async #write(call: ResourceCall, representation: Representation): Promise<KubeAnswer> {
    const { object, isCreated, warnings } = await this.#dispatchWrite(call);
    const answer = present(call, object, representation);
    return { ...answer, code: isCreated ? 201 : 200, warnings };
  }

  async #dispatchWrite(call: ResourceCall): Promise<Written> {
    const { exchange, verb } = call;
    const { request, query } = exchange;
    const type = contentTypeOf(request);
    const isApply = verb === 'patch' && type === APPLY_TYPE;
    const write: WriteCall = {
      definition: call.path.definition,
      key: { namespace: call.path.namespace, name: call.path.name },
      subresource: call.path.subresource,
      caller: call.caller,
      admit: (object) => call.admit(object),
      isDryRun: parseDryRun(query),
      manager: parseManager(query, request, isApply),
      validation: parseFieldValidation(query),
    };
    const read = async (known: readonly string[]) =>
      parseDocument(await readBody(request), type, known);
    if (verb === 'create') return this.#writer.create(write, await read(DOCUMENT_TYPES));
    if (verb === 'update') return this.#writer.update(write, await read(DOCUMENT_TYPES));
    if (isApply) return this.#writer.apply(write, await read([type]), isTrue(query, 'force'));
    const patchType = Object.hasOwn(PATCH_TYPES, type) ? PATCH_TYPES[type] : undefined;
    if (patchType === undefined) throw unsupported([...Object.keys(PATCH_TYPES), APPLY_TYPE]);
    return this.#writer.patch(write, patchType, await read([type]));
  }

  async #delete(call: ResourceCall, representation: Representation): Promise<KubeAnswer> {
    const { definition, namespace, name } = call.path;
    const object = await this.#deleter.delete({
      definition,
      key: { namespace, name },
      caller: call.caller,
      admit: (object) => call.admit(object),
      options: await readDeleteOptions(call),
    });
    return present(call, object, representation);
  }

  async #deleteAll(call: ResourceCall, representation: Representation): Promise<KubeAnswer> {
    const { exchange, path } = call;
    const options = await readDeleteOptions(call);
    const selection = await selectFor(call);
    const { items, metadata } = await this.#lister.list(
      selection,
      parseListRequest(exchange.query),
    );
    const gone = await this.#deleter.deleteAll(path.definition, items, { ...call, options });
    const include = parseInclude(exchange.query);
    const body = presentMany(path.definition, gone, metadata, representation, include);
    return { code: 200, body, isYaml: representation.isYaml };
  }

  async #connect(call: ResourceCall, connect: Connect): Promise<KubeAnswer> {
    const { exchange, path, caller } = call;
    const { definition, namespace, name } = path;
    const object = await this.#writer.get({ ...call, definition, key: { namespace, name } });
    const { method, query, signal } = exchange;
    const body = await connect.handle({ method, object, path: path.rest, query, caller, signal });
    return { code: 200, body };
  }
}

async function readDeleteOptions({ exchange }: ResourceCall) {
  const { request, query } = exchange;
  const text = await readBody(request);
  const type = contentTypeOf(request);
  const body = text.trim() === '' ? undefined : parseDocument(text, type, DOCUMENT_TYPES);
  return parseDeleteOptions(body, parseDryRun(query));
}

function present(
  { path, exchange }: ResourceCall,
  object: KubeObject,
  representation: Representation,
): KubeAnswer {
  const include = parseInclude(exchange.query);
  const body = presentOne(path.definition, object, representation, include);
  return { code: 200, body, isYaml: representation.isYaml };
}

function selectFor({ exchange, path, caller }: ResourceCall): Promise<Selection> {
  const fuzzy = exchange.request.headers['x-tke-fuzzyresourcename'];
  return createSelection(path.definition, caller, {
    namespace: path.namespace,
    name: path.name,
    labelSelector: exchange.query.get('labelSelector') ?? '',
    fieldSelector: exchange.query.get('fieldSelector') ?? '',
    fuzzy: typeof fuzzy === 'string' ? decodeText(fuzzy) : undefined,
  });
}

/** Node gives bytes of headers as Latin-1; consoles send UTF-8. */
function decodeText(header: string): string {
  return Buffer.from(header, 'latin1').toString();
}

/** How a watch is asked for. @throws StatusError 400, 406, 422 */
export async function parseWatch(
  call: ResourceCall,
): Promise<Omit<WatchOptions, 'reselect' | 'bookmarkMs'>> {
  const { query, request } = call.exchange;
  if (isTrue(query, 'sendInitialEvents')) {
    const message = 'sendInitialEvents is forbidden for watch: this server has no watch lists';
    throw new StatusError(422, 'Invalid', message, { details: { kind: 'ListOptions' } });
  }
  const version = query.get('resourceVersion') ?? '';
  const wished = parseCount(query, 'timeoutSeconds');
  const usual = MIN_WATCH_SECONDS + Math.random() * (MAX_WATCH_SECONDS - MIN_WATCH_SECONDS);
  const seconds = wished === undefined || wished === 0 ? usual : wished;
  return {
    selection: await selectFor(call),
    from: version === '' ? 0 : parseVersion(version),
    timeoutMs: Math.min(seconds, MAX_WATCH_SECONDS) * 1000,
    withBookmarks: isTrue(query, 'allowWatchBookmarks'),
    representation: negotiate(request.headers.accept),
    include: parseInclude(query),
  };
}
