import { api, done, many, text } from '../../lib/api.ts';
import type { SystemJob } from '../../lib/system-job.ts';

/** The purge of the audit log, as the API has it. */
export const purgeJob: SystemJob = {
  key: 'audit-purge',
  topic: 'purge-audit',
  listRuns: (query, signal) =>
    many(api.GET('/api/v2.0/system/purgeaudit', { params: { query }, signal })),
  async findSchedule(signal) {
    const { data } = await api.GET('/api/v2.0/system/purgeaudit/schedule', { signal });
    return data ?? null;
  },
  getLog: (id, signal) =>
    text(
      api.GET('/api/v2.0/system/purgeaudit/{purge_id}/log', {
        params: { path: { purge_id: id } },
        parseAs: 'text',
        signal,
      }),
    ),
  run: (body) => done(api.POST('/api/v2.0/system/purgeaudit/schedule', { body })),
  async setSchedule(body) {
    await done(api.PUT('/api/v2.0/system/purgeaudit/schedule', { body }));
  },
  async stop(id) {
    await done(
      api.PUT('/api/v2.0/system/purgeaudit/{purge_id}', { params: { path: { purge_id: id } } }),
    );
  },
};
