import { z } from 'zod';

// What is used of Harbor's answers; whatever else is in them does not matter.

export const systemInfo = z.object({
  harbor_version: z.string().max(200).optional(),
  with_chartmuseum: z.boolean().optional(),
});

export const currentUser = z.object({
  sysadmin_flag: z.boolean().optional(),
  admin_role_in_auth: z.boolean().optional(),
});

export const projectAnswer = z.object({
  project_id: z.int().positive(),
  name: z.string(),
  owner_name: z.string().optional(),
  repo_count: z.int().optional(),
});

export type HarborProject = z.infer<typeof projectAnswer>;

export const repositoryAnswer = z.object({
  /** Whole, with the project. */
  name: z.string(),
  artifact_count: z.int().optional(),
  pull_count: z.int().optional(),
});

const digest = z.string().regex(/^[a-z0-9]+:[0-9a-f]{32,128}$/);
const time = z.string().transform((text, context) => {
  const date = new Date(text);
  if (!Number.isNaN(date.getTime())) return date;
  context.addIssue('no time');
  return z.NEVER;
});

export const artifactAnswer = z.object({
  digest,
  type: z.string().optional(),
  media_type: z.string().optional(),
  tags: z.object({ name: z.string(), push_time: time }).array().nullish(),
  extra_attrs: z.record(z.string(), z.unknown()).nullish(),
});

export type HarborArtifact = z.output<typeof artifactAnswer>;
