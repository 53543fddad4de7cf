import { z } from 'zod';
import {
  type ApiRoute,
  type Call,
  defineRoute,
  idParam,
  line,
  ok,
  project,
  projectNameParams,
} from '../api/index.ts';
import { AppError } from '../lib/index.ts';
import type { ArtifactChartStore } from './chart-store.ts';
import { presentLabel } from './charts.presenter.ts';
import type { ChartRecords } from './charts.repository.ts';

export interface ChartLabelsPorts {
  readonly store: Pick<ArtifactChartStore, 'findArtifact'>;
  readonly records: Pick<ChartRecords, 'listLabels'>;
  readonly labels: {
    /** @throws AppError not-found, conflict */
    attach(projectId: number, artifactId: number, labelId: number): Promise<void>;
    /** @throws AppError not-found */
    detach(projectId: number, artifactId: number, labelId: number): Promise<void>;
  };
}

const versionParams = projectNameParams.extend({ name: line(255), version: line(255) });
const labelParams = versionParams.extend({ label_id: idParam });
const ignored = z.unknown().optional();

/** Harbor's Label; only its id counts. */
const markRequest = z.strictObject({
  id: z.int().min(1),
  name: ignored,
  description: ignored,
  color: ignored,
  scope: ignored,
  project_id: ignored,
  creation_time: ignored,
  update_time: ignored,
  deleted: ignored,
});

const labelModel = z.object({
  id: z.int(),
  name: z.string(),
  description: z.string(),
  color: z.string(),
  scope: z.enum(['g', 'p']),
  project_id: z.int(),
  creation_time: z.iso.datetime({ precision: 3 }),
  update_time: z.iso.datetime({ precision: 3 }),
});

const tag = 'Chart Repository';
const path = '/chartrepo/{project_name}/charts/{name}/{version}/labels';
const canChange = project('artifact-label', 'create', { authenticated: true });

/** Harbor 2.7's labels of chart versions: those of the artifacts that hold them. */
export function chartLabelsRoutes(ports: ChartLabelsPorts): ApiRoute[] {
  return [
    defineRoute({
      method: 'GET',
      path,
      operationId: 'listChartLabels',
      tag,
      summary: 'List the labels of a chart version',
      can: canChange,
      params: versionParams,
      responses: { 200: labelModel.array() },
      async handle({ project: { name }, params }) {
        const { artifactId } = await getArtifact(ports, name, params);
        return ok((await ports.records.listLabels(artifactId)).map(presentLabel));
      },
    }),
    defineRoute({
      method: 'POST',
      path,
      operationId: 'addChartLabel',
      tag,
      summary: 'Put a label on a chart version',
      can: canChange,
      params: versionParams,
      body: markRequest,
      responses: { 200: null },
      audit: { operation: 'create', resourceType: 'helm-chart-label', resource: resourceOf },
      async handle({ project: { name }, params, body }) {
        const { projectId, artifactId } = await getArtifact(ports, name, params);
        await ports.labels.attach(projectId, artifactId, body.id);
        return ok();
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: `${path}/{label_id}`,
      operationId: 'removeChartLabel',
      tag,
      summary: 'Take a label off a chart version',
      can: project('artifact-label', 'delete', { authenticated: true }),
      params: labelParams,
      responses: { 200: null },
      audit: { operation: 'delete', resourceType: 'helm-chart-label', resource: resourceOf },
      async handle({ project: { name }, params }) {
        const { projectId, artifactId } = await getArtifact(ports, name, params);
        await ports.labels.detach(projectId, artifactId, params.label_id);
        return ok();
      },
    }),
  ];
}

/** The repository below its project that a call is about. */
export function chartPathOf({ params }: Call): string {
  return versionParams.parse(params).name.toLowerCase();
}

interface VersionParams {
  readonly project_name: string;
  readonly name: string;
  readonly version: string;
}

function resourceOf({ params }: { readonly params: VersionParams }): string {
  return `${params.project_name}/${params.name}:${params.version}`;
}

async function getArtifact(
  { store }: ChartLabelsPorts,
  project: string,
  { name, version }: VersionParams,
) {
  const artifact = await store.findArtifact(project, name, version);
  if (artifact !== undefined) return artifact;
  throw new AppError('not-found', `chart ${name}-${version} not found`);
}
