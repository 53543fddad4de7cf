import type { composeCharts } from './compose-charts.ts';
import type { composeContent } from './compose-content.ts';
import type { Parts } from './compose-parts.ts';
import { createEgress, type Egress } from './egress/index.ts';
import type { ChartFiles as HelmFiles } from './helm/index.ts';
import type { HealthCheck } from './http/index.ts';
import type { IdentityService } from './identity/index.ts';
import { createInformer, createKubeObjects, type KubeStore } from './kube/index.ts';
import { AppError, remember } from './lib/index.ts';
import type { ProjectsService } from './projects/index.ts';
import type { LoadedRegistryConfiguration } from './tke/config/index.ts';
import { createTkeControllers, type RemoteRequest } from './tke/controllers/index.ts';
import { createNames } from './tke/index.ts';
import {
  createBuiltinProvider,
  createContentRepository,
  createHarborProvider,
  ProviderError,
  type ProviderHealth,
  type RegistryProvider,
} from './tke/providers/index.ts';
import {
  type ChartFiles,
  type ChartGroup,
  Containers,
  createTkeResources,
  keys,
  type Member,
  type Namespace,
  type Repository,
} from './tke/resources/index.ts';
import { VERSION } from './version.ts';

export interface TkeParts extends Parts {
  readonly content: ReturnType<typeof composeContent>;
  readonly identity: IdentityService;
  readonly projects: ProjectsService;
  readonly charts: ReturnType<typeof composeCharts>;
  flushPulls(): Promise<void>;
}

export type Tke = ReturnType<typeof composeTke>;

/** The objects of tenants and what keeps them true. */
export function composeTke(
  parts: TkeParts,
  { configuration, isDeleteEnabled }: LoadedRegistryConfiguration,
) {
  const { config, db, log, secrets: box, background, charts } = parts;
  const egress = createEgress({ allowedNetworks: config.egressNetworks });
  const names = createNames();
  const provider = composeProvider(parts, egress, configuration.harbor);
  const { defaultTenant, systemChartGroups } = configuration;
  const containers = new Containers({
    names,
    provider,
    adopt: configuration.harbor?.adopt ?? false,
    objects: () => objects,
  });
  const definitions = createTkeResources({
    names,
    provider,
    defaultTenant,
    box,
    containers,
    objects: () => objects,
    chartGroups: () => informers.chartGroups,
    driver: () => controllers,
    findUserId: async (username) => (await parts.identity.findByName(username))?.id,
    readChart: async (archive) => presentFiles((await charts.reader.readFiles(archive)).files),
    now: () => new Date(),
  });
  const objects = createKubeObjects({ db, log, definitions: () => definitions });
  const informers = createInformers(objects);
  const controllers = createTkeControllers({
    objects,
    definitions,
    provider,
    names,
    containers,
    defaultTenant,
    systemChartGroups,
    box,
    background,
    log,
    fetchRemote: (request) => fetchRemote(egress, request),
  });
  const health = watchHealth(provider, configuration.harbor !== undefined);
  return {
    configuration,
    isDeleteEnabled,
    egress,
    names,
    provider,
    objects,
    informers,
    controllers,
    ...health,
    async stop() {
      await controllers.stop();
      await egress.close();
    },
  };
}

/** What a readiness check says of the existing Harbor; our own projects need none. */
function watchHealth(provider: RegistryProvider, isElsewhere: boolean) {
  let health: ProviderHealth | undefined;
  const check = remember(async () => {
    try {
      health = await provider.checkHealth();
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      throw new AppError('unavailable', error.message, { cause: error });
    }
  }, HEALTH_MS);
  const checks: readonly HealthCheck[] = isElsewhere ? [{ name: 'harbor', check }] : [];
  /** Where charts are kept, as the back end last said. */
  const chartsKept = () => health?.charts;
  return { checks, chartsKept };
}

const HEALTH_MS = 10_000;

function createInformers(objects: KubeStore) {
  return {
    namespaces: createInformer<Namespace>(objects, 'Namespace', ({ spec }) =>
      keys.namespace(spec.tenantID, spec.name),
    ),
    repositories: createInformer<Repository>(objects, 'Repository', ({ spec }) =>
      keys.repository(spec.tenantID, spec.namespaceName, spec.name),
    ),
    chartGroups: createInformer<ChartGroup>(objects, 'ChartGroup', ({ spec }) =>
      keys.chartGroup(spec.tenantID, spec.name),
    ),
    members: createInformer<Member>(objects, 'Member', ({ spec }) =>
      keys.member(spec.tenantID, spec.username),
    ),
  };
}

function composeProvider(
  parts: TkeParts,
  egress: Egress,
  harbor: LoadedRegistryConfiguration['configuration']['harbor'],
): RegistryProvider {
  const { charts, content, projects, db, flushPulls } = parts;
  if (harbor !== undefined) {
    return createHarborProvider({ egress, configuration: harbor, reader: charts.reader });
  }
  return createBuiltinProvider({
    projects,
    flushPulls,
    removal: content.removal,
    content: createContentRepository(db),
    charts: charts.store,
    version: VERSION,
  });
}

/** By file name, as the API shows them. */
function presentFiles({ readme, values, rawFiles }: HelmFiles): ChartFiles {
  const readmeName = Object.keys(rawFiles).find((name) => /^readme\.md$/i.test(name));
  return {
    readme: readme === undefined ? {} : { [readmeName ?? 'README.md']: readme },
    values: values === undefined ? {} : { 'values.yaml': values },
    rawFiles,
  };
}

/** People of tenants name the address: only public networks, and what the operator allows. */
async function fetchRemote(egress: Egress, request: RemoteRequest): Promise<Uint8Array> {
  const { url, credentials, timeoutMs, maxBytes, signal } = request;
  const basic = credentials && `${credentials.username}:${credentials.password}`;
  const answer = await egress.request({
    method: 'GET',
    url,
    policy: 'public',
    timeoutMs,
    maxBytes,
    redirects: 3,
    signal,
    headers: basic ? { authorization: `Basic ${Buffer.from(basic).toString('base64')}` } : {},
  });
  if (answer.status !== 200) {
    throw new AppError('unavailable', `the remote chart repository answered ${answer.status}`);
  }
  return answer.body;
}
