import { parseDocument, visit } from 'yaml';
import { chartLimits } from './limits.ts';

/**
 * A YAML document of JSON's types; numbers as they are written. Check its depth and size before.
 *
 * @throws Error when it cannot be read
 */
export function readYaml(yaml: string): unknown {
  const document = parseDocument(yaml, {
    schema: 'core',
    resolveKnownTags: false,
    merge: false,
    logLevel: 'error',
    prettyErrors: false,
  });
  const [error] = document.errors;
  if (error !== undefined) throw error;
  visit(document, {
    Scalar(_key, node) {
      // A version such as 1.10 is a number to YAML when nobody quoted it.
      if (typeof node.value === 'number' && node.source !== undefined) node.value = node.source;
    },
  });
  return document.toJS({ maxAliasCount: chartLimits.yamlAliases });
}
