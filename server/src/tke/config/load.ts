import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseDocument } from 'yaml';
import type { z } from 'zod';
import { ConfigError } from '../../config/index.ts';
import { type Fields, fileSchema, partialSchema } from './file-schema.ts';
import { foldHarbor } from './harbor-section.ts';
import type { HarborConfiguration, RegistryConfiguration } from './registry-configuration.ts';
import type { Surroundings } from './secret-source.ts';
import { warnAboutUnused } from './unused-fields.ts';

/** What `tke-registry-config.yaml` says, and what is to be said about it. */
export interface LoadedRegistryConfiguration {
  readonly configuration: RegistryConfiguration;
  /** Whether images may be deleted through `/v2`. */
  readonly isDeleteEnabled: boolean;
  /** Where TKE kept the blobs; for Berth's `storageRoot` when that is not set. */
  readonly storageRoot: string | undefined;
  /** One sentence for each field that does not do here what it did in TKE, or does nothing. */
  readonly warnings: readonly string[];
}

type Tree = { [key: string]: unknown };

const DEFAULT_TOKEN_SECONDS = 1_800;
/** A right that is taken away works until the token ends. */
const MAX_TOKEN_SECONDS = 3_600;
const MAX_ALIASES = 10;

/**
 * Reads TKE's RegistryConfiguration (reference §3). Secrets may stand in the file, in a file that
 * `{field}File` names, or in the environment variable that `{field}Env` names.
 *
 * @throws ConfigError with all faults at once, each with the path of its field
 */
export function loadRegistryConfiguration(
  file: string,
  environment: Readonly<Record<string, string | undefined>>,
): LoadedRegistryConfiguration {
  const faults = new Map<string, string>();
  const warnings: string[] = [];
  const around: Surroundings = {
    directory: dirname(file),
    environment,
    fault: (field, sentence) => {
      if (!faults.has(field)) faults.set(field, sentence);
    },
    warn: (field, sentence) => warnings.push(`${field}: ${sentence}`),
  };
  const fields = parseFields(readTree(file), around);
  // Also of a file with faults: what the parts say together is told in the same go.
  const harbor = fields.harborEnabled === true ? foldHarbor(fields, around) : undefined;
  warnAboutUnused(fields, around);
  const configuration = fold(fields, harbor, around);
  if (faults.size > 0) {
    throw new ConfigError([...faults].map(([field, sentence]) => `${field}: ${sentence}`));
  }
  return { configuration, ...foldStorage(fields), warnings };
}

function fold(
  { defaultTenant = '', domainSuffix = '', storage, security, systemChartGroups }: Fields,
  harbor: HarborConfiguration | undefined,
  around: Surroundings,
): RegistryConfiguration {
  return {
    defaultTenant,
    domainSuffix,
    enableAnonymous: security?.enableAnonymous ?? false,
    tokenSeconds: foldTokenSeconds(security?.tokenExpiredHours, around),
    isReadOnly: storage?.maintenance?.readonly?.enabled ?? false,
    harbor,
    systemChartGroups: systemChartGroups ?? [],
  };
}

function foldStorage({ storage, harborEnabled }: Fields) {
  if (harborEnabled === true) return { isDeleteEnabled: true, storageRoot: undefined };
  return {
    // As in distribution: who describes a storage and does not allow deletion forbids it.
    isDeleteEnabled: storage === undefined || storage.delete?.enabled === true,
    storageRoot: storage?.fileSystem?.rootDirectory,
  };
}

function readTree(file: string): Tree {
  const fail = (reason: string) => new ConfigError([`${file}: ${reason}`]);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw fail(`cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (text.trim() === '') throw fail('is empty');
  const document = parseDocument(text, { uniqueKeys: true });
  if (document.errors.length > 0) {
    throw new ConfigError(document.errors.map((error) => `${file}: ${error.message}`));
  }
  let value: unknown;
  try {
    value = withoutNulls(document.toJS({ maxAliasCount: MAX_ALIASES }));
  } catch (error) {
    throw fail(error instanceof Error ? error.message : String(error));
  }
  if (!isTree(value)) throw fail('must be a mapping of fields');
  return value;
}

/** A field without a value is as good as left out. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isTree(value)) return value;
  const entries = Object.entries(value).filter(([, child]) => child !== null);
  return Object.fromEntries(entries.map(([key, child]) => [key, withoutNulls(child)]));
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The fields that are right; the wrong ones are told and left out, the unknown ones warned about. */
function parseFields(tree: Tree, around: Surroundings): Fields {
  const first = fileSchema.safeParse(tree);
  if (first.success) return first.data;
  for (const issue of first.error.issues) {
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) {
        around.warn([...issue.path, key].join('.'), 'is not known and ignored');
      }
    } else {
      around.fault(issue.path.join('.'), issue.message);
    }
  }
  return parseRest(tree, first.error.issues);
}

/** What is left when everything wrong is taken out, until the rest is right. */
function parseRest(tree: Tree, issues: readonly z.core.$ZodIssue[]): Fields {
  let rest = tree;
  for (const issue of issues) {
    const ends = issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [key]) : [[]];
    for (const end of ends) rest = without(rest, [...issue.path, ...end]) ?? rest;
  }
  const next = partialSchema.safeParse(rest);
  return next.success ? next.data : parseRest(rest, next.error.issues);
}

/** A copy of the tree without what is at the path; undefined when that is missing: it is wrong as a whole. */
function without(tree: Tree, path: readonly PropertyKey[]): Tree | undefined {
  const [head, ...tail] = path;
  const key = String(head);
  if (!(key in tree)) return tail.length === 0 ? undefined : tree;
  const { [key]: child, ...others } = tree;
  if (tail.length === 0 || !isTree(child)) return others;
  const rest = without(child, tail);
  return rest === undefined ? others : { ...others, [key]: rest };
}

function foldTokenSeconds(hours: number | undefined, around: Surroundings): number {
  if (hours === undefined) return DEFAULT_TOKEN_SECONDS;
  if (hours * 3600 > MAX_TOKEN_SECONDS) {
    around.warn(
      'security.tokenExpiredHours',
      'tokens live for one hour at most; clients ask for new ones by themselves',
    );
  }
  return Math.min(hours * 3600, MAX_TOKEN_SECONDS);
}
