import type { DefinitionSet } from './definition-set.ts';
import {
  findGroup,
  findResources,
  legacyResources,
  legacyVersions,
  listGroups,
  presentVersion,
} from './discovery.ts';
import type { JsonObject } from './json.ts';
import { describeV2, describeV3, listV3 } from './openapi.ts';
import { encodeOpenApi, wantsProtobuf } from './openapi-protobuf.ts';

/** What the API says of itself; the same for everybody, and no secret. */
export class KubeDocuments {
  readonly #definitions: () => DefinitionSet;
  readonly #version: string;
  readonly #otherGroups: readonly object[];
  #v2: JsonObject | undefined;
  #encoded: Buffer | undefined;

  constructor(definitions: () => DefinitionSet, version: string, otherGroups: readonly object[]) {
    this.#definitions = definitions;
    this.#version = version;
    this.#otherGroups = otherGroups;
  }

  /** Undefined: the path is not one of these. */
  find(parts: readonly string[]): object | undefined {
    const [first = '', second = '', ...rest] = parts;
    if (first === 'openapi') return this.#findSchema(second, rest);
    if (first === 'apis') return this.#findApis([second, ...rest].filter((part) => part !== ''));
    if (first === 'api' && second === 'v1') return rest.length === 0 ? legacyResources : undefined;
    if (second !== '') return undefined;
    if (first === 'api') return legacyVersions;
    return first === 'version' ? presentVersion(this.#version) : undefined;
  }

  #findApis([group, version, ...rest]: readonly string[]): object | undefined {
    const definitions = this.#definitions();
    if (group === undefined) return listGroups(definitions, this.#otherGroups);
    if (version === undefined) return findGroup(definitions, group);
    return rest.length === 0 ? findResources(definitions, group, version) : undefined;
  }

  #findSchema(kind: string, rest: readonly string[]): object | undefined {
    if (kind === 'v2' && rest.length === 0) return this.#describeV2();
    if (kind !== 'v3') return undefined;
    const [apis, group, version, ...more] = rest;
    if (apis === undefined) return listV3(this.#definitions());
    if (apis !== 'apis' || group === undefined || version === undefined) return undefined;
    if (more.length > 0) return undefined;
    return describeV3(this.#definitions(), group, version, this.#version);
  }

  /** `/openapi/v2` for clients that read nothing but protobuf. */
  findEncoded(parts: readonly string[], accept: string | undefined): Buffer | undefined {
    if (parts.join('/') !== 'openapi/v2' || !wantsProtobuf(accept)) return undefined;
    this.#encoded ??= encodeOpenApi(this.#describeV2());
    return this.#encoded;
  }

  #describeV2(): JsonObject {
    this.#v2 ??= describeV2(this.#definitions(), this.#version);
    return this.#v2;
  }
}
