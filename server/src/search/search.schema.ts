import { z } from 'zod';
import { line } from '../api/index.ts';
import { projectModel } from '../projects/index.ts';
import { searchKinds } from './search.ts';

const count = z.int().min(0);

export const searchQuery = z.object({
  q: line(255).min(1),
  type: z.enum(searchKinds).optional(),
});

/** Harbor's Search; what follows `repository` is ours. */
export const searchModel = z.object({
  project: z.array(projectModel),
  repository: z.array(
    z.object({
      project_id: z.int(),
      project_name: z.string(),
      project_public: z.boolean(),
      repository_name: z.string(),
      pull_count: count,
      artifact_count: count,
    }),
  ),
  chart: z.array(
    z.object({
      repository_name: z.string(),
      name: z.string(),
      version: z.string().optional(),
    }),
  ),
  tag: z.array(z.object({ repository_name: z.string(), name: z.string(), digest: z.string() })),
  artifact: z.array(
    z.object({ repository_name: z.string(), digest: z.string(), type: z.string() }),
  ),
  label: z.array(
    z.object({
      id: z.int(),
      name: z.string(),
      description: z.string(),
      color: z.string(),
      scope: z.enum(['g', 'p']),
      project_id: z.int(),
      project_name: z.string().optional(),
    }),
  ),
  annotation: z.array(
    z.object({
      repository_name: z.string(),
      digest: z.string(),
      key: z.string(),
      value: z.string(),
    }),
  ),
  truncated: z.array(z.enum(searchKinds)),
});
