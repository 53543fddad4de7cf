import { z } from 'zod';
import { flagParam, listQuery, timestamp } from '../api/index.ts';
import { labelModel } from './repositories.schema.ts';

const id = z.int().min(0);

export const repositoryTagListQuery = listQuery.extend({
  with_tool_tags: flagParam.default(false),
});

export const repositoryTagModel = z.object({
  id,
  artifact_id: id,
  name: z.string(),
  digest: z.string(),
  type: z.string(),
  media_type: z.string().optional(),
  manifest_media_type: z.string(),
  artifact_type: z.string().optional(),
  size: z.int(),
  push_time: timestamp,
  pull_time: timestamp,
  immutable: z.boolean(),
  platforms: z.string().array().max(20),
  platform_count: z.int(),
  signed: z.boolean(),
  accessory_count: z.int(),
  labels: labelModel.array(),
  pushed_by: z.string().optional(),
});
