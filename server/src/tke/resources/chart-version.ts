import { buffer } from 'node:stream/consumers';
import semver from 'semver';
import { type Connect, type KubeCaller, type KubeObject, StatusError } from '../../kube/index.ts';
import { isAvailable } from './availability.ts';
import type { ResourcePorts } from './ports.ts';
import { badRequest, conflict, presentBackendError, type Subject } from './refusals.ts';
import { API_VERSION, type Chart, type ChartGroup, GROUP } from './types.ts';

interface Call {
  readonly chart: Chart;
  readonly group: ChartGroup;
  readonly version: string;
  readonly caller: KubeCaller;
  readonly signal: AbortSignal;
}

/** `charts/version`: what is in a version of a chart, or its end (reference §1.9). */
export function chartVersionConnect(ports: ResourcePorts): Connect {
  return {
    name: 'version',
    methods: ['GET', 'DELETE'],
    takesPath: true,
    handle: async ({ method, object, path, query, caller, signal }) => {
      if (!isChart(object)) throw new Error('charts/version is called for charts only');
      const chart = object;
      const group = await getGroup(chart, ports);
      const asked = path.replaceAll(/^\/+|\/+$/g, '') || (query.get('version') ?? '');
      // Only a reader may leave it to us which version is meant.
      const version = asked === '' && method === 'GET' ? newestOf(chart) : asked;
      if (version === '') throw badRequest('version is required');
      const call = { chart, group, version, caller, signal };
      return method === 'DELETE' ? deleteVersion(call, ports) : describeVersion(call, ports);
    },
  };
}

export function isChart(object: KubeObject): object is Chart {
  return object.kind === 'Chart';
}

async function getGroup(chart: Chart, ports: ResourcePorts): Promise<ChartGroup> {
  const key = { namespace: '', name: chart.metadata.namespace ?? '' };
  const group = await ports.objects().find<ChartGroup>('ChartGroup', key);
  if (group !== undefined && (isAvailable(group) || group.spec.type === 'Imported')) return group;
  throw new StatusError(404, 'NotFound', `chartgroups.${GROUP} "${key.name}" not found`, {
    details: { name: key.name, group: GROUP, kind: 'chartgroups' },
  });
}

function newestOf({ status }: Chart): string {
  const versions = status.versions.flatMap(({ version }) =>
    version !== undefined && semver.valid(version) !== null ? [version] : [],
  );
  return versions.toSorted(semver.rcompare)[0] ?? '';
}

async function describeVersion(call: Call, ports: ResourcePorts): Promise<object> {
  const { chart, version } = call;
  const archive = await findArchive(call, ports);
  if (archive === undefined) throw versionNotFound(chart, version);
  const { readme, values, rawFiles } = await ports.readChart(archive);
  const known = chart.status.versions.find((each) => each.version === version) ?? { version };
  const { name, namespace = '' } = chart.metadata;
  return {
    kind: 'ChartInfo',
    apiVersion: API_VERSION,
    metadata: { name, namespace },
    spec: { readme, values, rawFiles, ...chart.spec, ...known },
  };
}

async function findArchive(call: Call, ports: ResourcePorts): Promise<Uint8Array | undefined> {
  const { chart, group, version, signal } = call;
  if (group.spec.type === 'Imported') {
    return ports.driver().fetchImported(group, chart.spec.name, version, signal);
  }
  try {
    const file = await ports.provider.charts.open(
      projectOf(group, ports),
      chart.spec.name,
      version,
      'archive',
    );
    return file === undefined ? undefined : await buffer(file.content);
  } catch (error) {
    throw presentBackendError(error, subjectOf(chart));
  }
}

/** That version and no other; the object follows what the back end then has. */
async function deleteVersion(call: Call, ports: ResourcePorts): Promise<object> {
  const { chart, group, version, caller } = call;
  if (group.spec.type === 'Imported') {
    throw badRequest('the charts of an Imported group are removed where they come from');
  }
  if (group.status.locked === true) {
    throw conflict(subjectOf(chart), `the chart group "${group.spec.name}" is locked`);
  }
  try {
    const isGone = await ports.provider.charts.deleteVersion(
      projectOf(group, ports),
      chart.spec.name,
      version,
      { username: caller.username },
    );
    if (!isGone) throw versionNotFound(chart, version);
  } catch (error) {
    throw presentBackendError(error, subjectOf(chart));
  }
  await ports
    .driver()
    .syncCharts(group)
    // The version is gone, whatever becomes of our view of it.
    .catch(() =>
      ports
        .driver()
        .markDirty({ kind: 'chart', tenant: group.spec.tenantID, group: group.spec.name }),
    );
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 200 };
}

function projectOf({ spec }: ChartGroup, ports: ResourcePorts): string {
  return ports.names.toProject('chart', { tenant: spec.tenantID, name: spec.name });
}

const subjectOf = ({ spec }: Chart): Subject => ({
  kind: 'Chart',
  resource: 'charts',
  name: spec.name,
});

function versionNotFound({ spec }: Chart, version: string): StatusError {
  return new StatusError(
    404,
    'NotFound',
    `charts.${GROUP} "${spec.name}" has no version "${version}"`,
    { details: { name: spec.name, group: GROUP, kind: 'charts' } },
  );
}
