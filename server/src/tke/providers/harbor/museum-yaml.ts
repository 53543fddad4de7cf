import { parse } from 'yaml';

/** The document of an index.yaml, in types of JSON. @throws whatever the parser throws */
export function parseIndexYaml(text: string): unknown {
  return parse(text, {
    schema: 'core',
    maxAliasCount: 0,
    resolveKnownTags: false,
    merge: false,
    logLevel: 'silent',
    prettyErrors: false,
  });
}
