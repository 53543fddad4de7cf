import { SimpleGrid } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useAdministration } from '../../lib/administration.ts';
import { api, one } from '../../lib/api.ts';
import { useLive } from '../../lib/live.ts';
import { useMessages } from '../../lib/messages.ts';
import { numberOf, type RunParameters } from '../../lib/system-job.ts';
import { Page } from '../../ui/page.tsx';
import { LastRunCard, NextRunCard, scheduleQuery } from '../../ui/run-cards.tsx';
import { RunHistory } from '../../ui/run-history.tsx';
import { RunLogDialog } from '../../ui/run-log-dialog.tsx';
import { QueryView } from '../../ui/states.tsx';
import { auditMessages } from './messages.ts';
import { PurgeForm } from './purge-form.tsx';
import { purgeJob } from './purge-job.ts';
import { OTHER_EVENTS } from './purge-options.ts';

/** Which entries of the audit log are removed, when, and what was. */
export function AuditPurgePage() {
  useAdministration();
  const m = useMessages(auditMessages);
  const [logOf, setLogOf] = useState<number>();
  useLive([purgeJob.topic], [['system-job', purgeJob.key]]);
  const renderResult = (parameters: RunParameters) => {
    const count = numberOf(parameters, 'purged_entries');
    return parameters['dry_run'] === true ? m.wouldPurge(count) : m.purged(count);
  };
  return (
    <Page title={m.purgeTitle} description={m.purgeDescription}>
      <section aria-label={m.overview}>
        <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
          <LastRunCard job={purgeJob} renderResult={renderResult} />
          <NextRunCard job={purgeJob} />
        </SimpleGrid>
      </section>
      <Settings onStarted={setLogOf} />
      <RunHistory job={purgeJob} renderResult={renderResult} onOpenLog={setLogOf} />
      {logOf !== undefined && (
        <RunLogDialog job={purgeJob} id={logOf} onClose={() => setLogOf(undefined)} />
      )}
    </Page>
  );
}

function Settings({ onStarted }: { onStarted(id: number): void }) {
  const schedule = useQuery(scheduleQuery(purgeJob));
  const events = useQuery({
    queryKey: ['audit-events'],
    queryFn: ({ signal }) => one(api.GET('/api/v2.0/auditlog-exts/events', { signal })),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <QueryView query={schedule}>
      {(found) => (
        <QueryView query={events}>
          {(all) => (
            <PurgeForm
              key={found?.update_time ?? ''}
              schedule={found}
              events={[...all.map(({ event_type: type }) => type), OTHER_EVENTS]}
              onStarted={onStarted}
            />
          )}
        </QueryView>
      )}
    </QueryView>
  );
}
