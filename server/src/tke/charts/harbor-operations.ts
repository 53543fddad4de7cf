import { type ChartFile, MAX_CHART_BYTES, presentChart, presentDetails } from '../../helm/index.ts';
import { AppError } from '../../lib/index.ts';
import type { ChartOperation } from './chart-call.ts';
import { json } from './museum-operations.ts';

/** `GET /api/chartrepo/{group}/charts`, as Harbor shapes it. */
export const listHarborCharts: ChartOperation = {
  action: 'index',
  async perform({ store }, { project }) {
    const { charts } = await store.list(project);
    const names = [...charts.keys()].toSorted();
    return {
      reply: json(
        200,
        names.map((name) => presentChart(name, charts.get(name) ?? [])),
      ),
    };
  },
};

/** `GET /api/chartrepo/{group}/charts/{name}/{version}`, with what is in the archive. */
export const serveHarborVersion: ChartOperation = {
  action: 'download',
  async perform({ store, museum, reader }, { project }, { params }) {
    const { name = '', version = '' } = params;
    const versions = (await museum.findVersions(project, name)) ?? [];
    const found = versions.find((each) => each.metadata.version === version);
    const file = found && (await store.open(project, name, version, 'archive'));
    if (found === undefined || file === undefined) throw new AppError('not-found', 'not found');
    const { files } = await reader.readFiles(await collect(file));
    return { reply: json(200, presentDetails(found, files, [])) };
  },
};

/** Bounded here too: an existing Harbor may have taken more. */
async function collect({ content }: ChartFile): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of content) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > MAX_CHART_BYTES) {
      throw new AppError('too-large', 'the archive of this chart is too large to be shown');
    }
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}
