import type { Quota } from './quota.repository.ts';

/** Harbor's Quota. */
export function presentQuota(quota: Quota): object {
  return {
    id: quota.id,
    ref: { id: quota.projectId, name: quota.projectName, owner_name: quota.ownerName },
    hard: { storage: quota.hardStorage },
    used: { storage: quota.usedStorage },
    creation_time: quota.createdAt.toISOString(),
    update_time: quota.updatedAt.toISOString(),
  };
}
