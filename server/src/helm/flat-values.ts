import { parse } from 'yaml';
import { isTooDeep } from '../archives/index.ts';
import { chartLimits } from './limits.ts';

/**
 * `values.yaml` as Harbor shows it: `image.tag` → value. Empty when it cannot be read or is too
 * large for that.
 */
export function flattenValues(yaml: string): Record<string, unknown> {
  if (yaml.length > chartLimits.chartYaml || isTooDeep(yaml)) return {};
  try {
    const value: unknown = parse(yaml, {
      maxAliasCount: chartLimits.yamlAliases,
      schema: 'core',
      resolveKnownTags: false,
      logLevel: 'error',
      prettyErrors: false,
    });
    const flat = new Map<string, unknown>();
    flatten(value, '', flat);
    const shown = Object.fromEntries(flat);
    return JSON.stringify(shown).length > chartLimits.metadata ? {} : shown;
  } catch {
    return {};
  }
}

function flatten(value: unknown, prefix: string, into: Map<string, unknown>): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    const path = prefix === '' ? key : `${prefix}.${key}`;
    const isMapping = typeof inner === 'object' && inner !== null && !Array.isArray(inner);
    if (isMapping) flatten(inner, path, into);
    else if (into.size < chartLimits.fileCount) into.set(path, inner);
  }
}
