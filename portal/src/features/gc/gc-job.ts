import { api, done, many, text } from '../../lib/api.ts';
import type { SystemJob } from '../../lib/system-job.ts';

/** Garbage collection, as the API has it. */
export const gcJob: SystemJob = {
  key: 'gc',
  topic: 'gc',
  listRuns: (query, signal) => many(api.GET('/api/v2.0/system/gc', { params: { query }, signal })),
  async findSchedule(signal) {
    const { data } = await api.GET('/api/v2.0/system/gc/schedule', { signal });
    return data ?? null;
  },
  getLog: (id, signal) =>
    text(
      api.GET('/api/v2.0/system/gc/{gc_id}/log', {
        params: { path: { gc_id: id } },
        parseAs: 'text',
        signal,
      }),
    ),
  run: (body) => done(api.POST('/api/v2.0/system/gc/schedule', { body })),
  async setSchedule(body) {
    await done(api.PUT('/api/v2.0/system/gc/schedule', { body }));
  },
  async stop(id) {
    await done(api.PUT('/api/v2.0/system/gc/{gc_id}', { params: { path: { gc_id: id } } }));
  },
};
