import type { ResourceDefinition } from '../../kube/index.ts';
import { configMapBody, present } from './bodies.ts';
import { allVerbs, column, versioned } from './common.ts';
import { API_VERSION, type ConfigMap } from './types.ts';

/** The kind of the server's own notes; it belongs to no tenant. */
export function configMapResource(): ResourceDefinition<ConfigMap> {
  return {
    ...versioned,
    kind: 'ConfigMap',
    resource: 'configmaps',
    singular: 'configmap',
    shortNames: ['cm'],
    namespaced: false,
    verbs: allVerbs.filter((verb) => verb !== 'deletecollection'),
    namePrefix: undefined,
    subresources: [],
    connects: [],
    body: configMapBody,
    columns: [
      column<ConfigMap>('Data', 'How many entries.', ({ data }) => Object.keys(data).length, {
        type: 'integer',
      }),
    ],
    fieldsOf: () => ({}),
    virtualFields: [],
    tenantOf: () => undefined,
    uniqueKey: () => undefined,
    fuzzyTexts: undefined,
    withDefaults: (object) => {
      const { data, binaryData } = configMapBody.parse(object);
      return {
        apiVersion: API_VERSION,
        kind: 'ConfigMap',
        metadata: object.metadata,
        data: data ?? {},
        ...present({ binaryData }),
      };
    },
    prepareCreate: (object) => object,
    validateCreate: async () => [],
    prepareUpdate: (object) => object,
    validateUpdate: async () => [],
    narrow: async (terms) => ({ terms, matches: undefined }),
    markDeleting: (object) => object,
    finalizersOf: () => [],
    deletingMessage: 'the ConfigMap is being deleted',
  };
}
