import type { KubeDocument } from './kube-document.ts';

/** Where a pod's data lies. */
export type WorkloadStorage =
  /** A directory of one node, to which the pod is pinned. */
  | { readonly kind: 'host'; readonly nodeName: string; readonly path: string }
  | {
      readonly kind: 'claim';
      /** Undefined: the cluster's default. */
      readonly storageClass: string | undefined;
      /** Such as `40Gi`. */
      readonly size: string;
    };

export interface Workload {
  readonly name: string;
  readonly namespace: string;
  readonly image: string;
  readonly storage: WorkloadStorage;
  readonly env: readonly EnvVariable[];
  /** Beside data and temporary files. */
  readonly mounts: readonly Mount[];
}

export type EnvVariable =
  | { readonly name: string; readonly value: string }
  | {
      readonly name: string;
      readonly valueFrom: {
        readonly secretKeyRef: { readonly name: string; readonly key: string };
      };
    };

export interface Mount {
  readonly name: string;
  readonly mountPath: string;
  readonly source: object;
}

const USER = 10_001;
const PORT = 8080;
const DATA = '/data';

/** What selects the pods of a workload. */
export function labelsOf(name: string): Record<string, string> {
  return { 'app.kubernetes.io/name': name, 'app.kubernetes.io/part-of': 'tke-registry' };
}

/** A Berth of one replica (its database is bundled) with its Service. */
export function renderWorkload(workload: Workload): KubeDocument[] {
  return [renderService(workload), renderStatefulSet(workload)];
}

function renderService({ name, namespace }: Workload): KubeDocument {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace, labels: labelsOf(name) },
    spec: {
      selector: labelsOf(name),
      ports: [{ name: 'http', port: 80, targetPort: 'http', protocol: 'TCP' }],
    },
  };
}

function renderStatefulSet(workload: Workload): KubeDocument {
  const { name, namespace, storage } = workload;
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name, namespace, labels: labelsOf(name) },
    spec: {
      serviceName: name,
      replicas: 1,
      selector: { matchLabels: labelsOf(name) },
      template: { metadata: { labels: labelsOf(name) }, spec: renderPod(workload) },
      ...(storage.kind === 'claim' && {
        // Kept when the workload is deleted: a new installation finds its data.
        persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
        volumeClaimTemplates: [renderClaim(storage)],
      }),
    },
  };
}

function renderPod(workload: Workload): object {
  const { storage, mounts, image } = workload;
  return {
    ...(storage.kind === 'host' && {
      nodeName: storage.nodeName,
      tolerations: ['control-plane', 'master'].map((role) => ({
        key: `node-role.kubernetes.io/${role}`,
        operator: 'Exists',
      })),
      // A directory of the node belongs to root, whatever fsGroup says.
      initContainers: [
        {
          name: 'own-data',
          image,
          command: ['chown', `${USER}:${USER}`, DATA],
          securityContext: { runAsUser: 0, runAsNonRoot: false },
          volumeMounts: [{ name: 'data', mountPath: DATA }],
        },
      ],
    }),
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: 60,
    securityContext: { runAsNonRoot: true, runAsUser: USER, runAsGroup: USER, fsGroup: USER },
    containers: [renderContainer(workload)],
    volumes: [
      ...(storage.kind === 'host'
        ? [{ name: 'data', hostPath: { path: storage.path, type: 'DirectoryOrCreate' } }]
        : []),
      { name: 'tmp', emptyDir: {} },
      ...mounts.map(({ name, source }) => ({ name, ...source })),
    ],
  };
}

function renderContainer({ image, env, mounts }: Workload): object {
  return {
    name: 'berth',
    image,
    ports: [{ name: 'http', containerPort: PORT, protocol: 'TCP' }],
    env: [
      { name: 'BERTH_HTTP_HOST', value: '0.0.0.0' },
      { name: 'BERTH_HTTP_PORT', value: String(PORT) },
      { name: 'BERTH_DATA_DIR', value: `${DATA}/berth` },
      ...env,
    ],
    startupProbe: { ...probe('/healthz'), periodSeconds: 5, failureThreshold: 60 },
    livenessProbe: { ...probe('/healthz'), periodSeconds: 10, failureThreshold: 6 },
    readinessProbe: { ...probe('/readyz'), periodSeconds: 5, failureThreshold: 3 },
    resources: {
      requests: { cpu: '250m', memory: '512Mi' },
      limits: { cpu: '2', memory: '2Gi' },
    },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    volumeMounts: [
      { name: 'data', mountPath: DATA },
      { name: 'tmp', mountPath: '/tmp' },
      ...mounts.map(({ name, mountPath }) => ({ name, mountPath, readOnly: true })),
    ],
  };
}

function probe(path: string) {
  return { httpGet: { path, port: 'http' }, timeoutSeconds: 5 };
}

function renderClaim({ storageClass, size }: WorkloadStorage & { kind: 'claim' }): object {
  return {
    metadata: { name: 'data' },
    spec: {
      accessModes: ['ReadWriteOnce'],
      ...(storageClass !== undefined && { storageClassName: storageClass }),
      resources: { requests: { storage: size } },
    },
  };
}
