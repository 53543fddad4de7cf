import { stringify } from 'yaml';

/** An object of Kubernetes, as its API takes it. */
export interface KubeDocument {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** Documents for `kubectl apply -f`. */
export function presentDocuments(documents: readonly KubeDocument[]): string {
  return documents.map((document) => `---\n${presentYaml(document)}`).join('');
}

/** Long texts stay on one line, and nothing is written as an alias. */
export function presentYaml(value: object): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}
