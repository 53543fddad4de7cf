import type { z } from 'zod';
import type { Label } from './label.ts';
import type { labelModel } from './labels.schema.ts';

/** Harbor's Label. */
export function presentLabel(label: Label): z.output<typeof labelModel> {
  const { id, name, description, color, projectId, createdAt, updatedAt } = label;
  return {
    id,
    name,
    ...(description !== '' && { description }),
    ...(color !== '' && { color }),
    scope: projectId === undefined ? 'g' : 'p',
    ...(projectId !== undefined && { project_id: projectId }),
    creation_time: createdAt.toISOString(),
    update_time: updatedAt.toISOString(),
  };
}
