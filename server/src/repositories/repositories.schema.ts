import { findDigest } from '@berth/oci';
import { z } from 'zod';
import {
  flagParam,
  idParam,
  line,
  listQuery,
  projectNameParams,
  prose,
  repositoryParam,
  timestamp,
} from '../api/index.ts';

/** What clients send back of what they were told. */
const ignored = z.unknown().optional();

const digestParam = z.string().transform((text, context) => {
  const digest = findDigest(text);
  if (digest !== undefined) return digest;
  context.addIssue({ code: 'custom', message: 'must be a digest' });
  return z.NEVER;
});
const tagParam = line(128);

export const repositoryParams = projectNameParams.extend({ repository_name: repositoryParam });
/** `reference` is a tag or a digest. */
export const artifactParams = repositoryParams.extend({ reference: line(255) });
export const artifactTagParams = artifactParams.extend({ tag_name: tagParam });
export const artifactLabelParams = artifactParams.extend({ label_id: idParam });
export const additionParams = artifactParams.extend({
  addition: z.enum([
    'build_history',
    'values.yaml',
    'readme.md',
    'dependencies',
    'sbom',
    'license',
    'files',
  ]),
});
export const tagParams = repositoryParams.extend({ tag_name: tagParam });
export const deletedArtifactParams = repositoryParams.extend({ digest: digestParam });

const detailFlags = {
  with_tag: flagParam.default(true),
  with_label: flagParam.default(false),
  with_scan_overview: flagParam.default(false),
  with_sbom_overview: flagParam.default(false),
  with_immutable_status: flagParam.default(false),
  with_accessory: flagParam.default(false),
  with_inherited_accessory: flagParam.default(false),
};

export const artifactQuery = z.object({
  ...detailFlags,
  /** Of Harbor's Notary days; means nothing. */
  with_signature: flagParam.optional(),
});
export const artifactListQuery = listQuery.extend(detailFlags);
export const projectArtifactListQuery = artifactListQuery.extend({
  latest_in_repository: flagParam.default(false),
});
export const tagListQuery = listQuery.extend({ with_immutable_status: flagParam.default(false) });
export const copyQuery = z.object({ from: line(1024) });

export const repositoryListQuery = listQuery.extend({ with_size: flagParam.default(false) });

/** Harbor's Repository as a request: only the description can be changed. */
export const repositoryRequest = z.strictObject({
  id: ignored,
  project_id: ignored,
  name: ignored,
  description: prose(65_536).nullish(),
  artifact_count: ignored,
  pull_count: ignored,
  creation_time: ignored,
  update_time: ignored,
});

/** Harbor's NewTag; clients of older versions send a whole Tag. */
export const tagRequest = z.strictObject({
  name: z.string(),
  id: ignored,
  repository_id: ignored,
  artifact_id: ignored,
  push_time: ignored,
  pull_time: ignored,
  immutable: ignored,
  signed: ignored,
});

/** Harbor's Label as a request: its id is what counts. */
export const labelRequest = z.strictObject({
  id: z.int().min(0).default(0),
  name: ignored,
  description: ignored,
  color: ignored,
  scope: ignored,
  project_id: ignored,
  creation_time: ignored,
  update_time: ignored,
  deleted: ignored,
});

export const tagRestoreRequest = z.strictObject({ digest: digestParam });

const id = z.int().min(0);
const anyObject = z.record(z.string(), z.unknown());
const annotationsModel = z.record(z.string(), z.string());

export const tagModel = z.object({
  id,
  repository_id: id,
  artifact_id: id,
  name: z.string(),
  push_time: timestamp,
  pull_time: timestamp,
  immutable: z.boolean(),
});

export const accessoryModel = z.object({
  id,
  artifact_id: id,
  subject_artifact_id: id,
  subject_artifact_digest: z.string(),
  subject_artifact_repo: z.string(),
  size: z.int(),
  digest: z.string(),
  type: z.string(),
  icon: z.string(),
  creation_time: timestamp,
});

const referenceModel = z.object({
  parent_id: id,
  child_id: id.optional(),
  child_digest: z.string(),
  platform: z
    .object({
      architecture: z.string().optional(),
      os: z.string().optional(),
      "'os.version'": z.string().optional(),
      "'os.features'": z.string().array().nullable(),
      variant: z.string().optional(),
    })
    .optional(),
  annotations: annotationsModel.optional(),
  urls: z.string().array().nullable(),
});

export const labelModel = z.object({
  id,
  name: z.string(),
  description: z.string().optional(),
  color: z.string().optional(),
  scope: z.enum(['g', 'p']),
  project_id: id.optional(),
  creation_time: timestamp,
  update_time: timestamp,
});

export const artifactModel = z.object({
  id,
  type: z.string(),
  media_type: z.string().optional(),
  manifest_media_type: z.string(),
  artifact_type: z.string().optional(),
  icon: z.string(),
  project_id: id,
  repository_id: id,
  repository_name: z.string(),
  digest: z.string(),
  size: z.int(),
  push_time: timestamp,
  pull_time: timestamp,
  extra_attrs: anyObject.optional(),
  annotations: annotationsModel.optional(),
  references: referenceModel.array().nullable(),
  tags: tagModel.array().nullable(),
  addition_links: z
    .record(z.string(), z.object({ href: z.string(), absolute: z.boolean() }))
    .optional(),
  labels: labelModel.array().nullable(),
  scan_overview: anyObject.optional(),
  sbom_overview: anyObject.optional(),
  accessories: accessoryModel.array().nullable(),
  inherited_accessories: accessoryModel.array().optional(),
});

export const repositoryModel = z.object({
  id,
  project_id: id,
  name: z.string(),
  description: z.string().optional(),
  artifact_count: z.int(),
  pull_count: z.int(),
  creation_time: timestamp,
  update_time: timestamp,
});

/** With what `with_size` adds. */
export const sizedRepositoryModel = repositoryModel.extend({
  size: z.int().optional(),
  latest_tag: z.string().optional(),
  types: z.string().array().optional(),
});

export const tagChangeModel = z.object({
  id,
  tag_name: z.string(),
  from_digest: z.string().optional(),
  to_digest: z.string().optional(),
  actor: z.string(),
  change_time: timestamp,
});

export const deletedArtifactModel = z.object({
  id,
  repository_name: z.string(),
  digest: z.string(),
  type: z.string().optional(),
  manifest_media_type: z.string(),
  size: z.int().optional(),
  tags: z.string().array(),
  push_time: timestamp,
  deleted_by: z.string(),
  delete_time: timestamp,
});
