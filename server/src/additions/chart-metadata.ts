import { parse } from 'yaml';
import { type Document, isTooDeep, jsonDocument } from '../archives/index.ts';
import { limits } from './limits.ts';

export interface ChartMetadata {
  /** Whether the dependencies stand in `requirements.yaml`, as they do before Helm's apiVersion v2. */
  readonly hasRequirements: boolean;
  /** Those in `Chart.yaml`. */
  readonly dependencies: Document;
}

/** Reads `Chart.yaml`. Never throws: what cannot be read is told where dependencies are asked for. */
export function parseChartMetadata(bytes: Buffer): ChartMetadata {
  const chart = parseYaml(bytes);
  if (chart === undefined)
    return { hasRequirements: false, dependencies: unreadable('Chart.yaml') };
  return {
    hasRequirements: chart.get('apiVersion') !== 'v2',
    dependencies: presentDependencies(chart.get('dependencies'), 'Chart.yaml'),
  };
}

/** The dependencies in `requirements.yaml`. Never throws. */
export function parseRequirements(bytes: Buffer): Document {
  const requirements = parseYaml(bytes);
  if (requirements === undefined) return unreadable('requirements.yaml');
  return presentDependencies(requirements.get('dependencies'), 'requirements.yaml');
}

/** The top level of a YAML 1.2 document of JSON's types; undefined when it is no mapping. */
function parseYaml(bytes: Buffer): Map<unknown, unknown> | undefined {
  try {
    const text = bytes.toString('utf8');
    if (isTooDeep(text)) return undefined;
    const value: unknown = parse(text, {
      maxAliasCount: limits.yamlAliases,
      schema: 'core',
      resolveKnownTags: false,
      merge: false,
      mapAsMap: true,
      logLevel: 'error',
      prettyErrors: false,
    });
    return value instanceof Map ? value : undefined;
  } catch {
    return undefined;
  }
}

/** In the shape that Harbor gives: Helm's `Dependency` as JSON, empty fields left out. */
function presentDependencies(value: unknown, file: string): Document {
  if (value === undefined || value === null) return jsonDocument([]);
  if (!Array.isArray(value) || value.length > limits.dependencies) return unreadable(file);
  const dependencies: object[] = [];
  // Aliases can repeat a long text many times over.
  let characters = 0;
  for (const item of value) {
    if (!(item instanceof Map)) return unreadable(file);
    const dependency = presentDependency(item);
    characters += JSON.stringify(dependency).length;
    if (characters > limits.chartFile) return unreadable(file);
    dependencies.push(dependency);
  }
  return jsonDocument(dependencies);
}

function presentDependency(item: Map<unknown, unknown>): object {
  const text = (key: string) => textOf(item.get(key));
  const tags = item.get('tags');
  const words = Array.isArray(tags) ? tags.slice(0, 100).map(textOf).filter(Boolean) : [];
  return {
    name: text('name'),
    ...(text('version') && { version: text('version') }),
    repository: text('repository'),
    ...(text('condition') && { condition: text('condition') }),
    ...(words.length > 0 && { tags: words }),
    ...(text('alias') && { alias: text('alias') }),
  };
}

function textOf(value: unknown): string {
  // A version such as 1.10 is a number to YAML when nobody quoted it.
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function unreadable(file: string): Document {
  return { kind: 'unprocessable', message: `the chart's ${file} cannot be read` };
}
