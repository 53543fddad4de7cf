import type { ApiReply } from '../api/index.ts';
import type { OwnedPolicy } from './retention-rights.ts';

/** Tells the audit log of which project a policy was that a call named by its id. */
export function createSubjects() {
  const projectIds = new WeakMap<ApiReply, number>();
  return {
    audit: (operation: string) => ({
      operation,
      resourceType: 'tag-retention',
      resource: ({ path }: { readonly path: string }) => path,
      projectId: (_call: object, reply: ApiReply | undefined) => reply && projectIds.get(reply),
    }),
    about({ project }: OwnedPolicy, reply: ApiReply): ApiReply {
      projectIds.set(reply, project.id);
      return reply;
    },
  };
}
