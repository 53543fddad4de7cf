import { SimpleGrid } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useAdministration } from '../../lib/administration.ts';
import { useFormat } from '../../lib/format.ts';
import { useLive } from '../../lib/live.ts';
import { useMessages } from '../../lib/messages.ts';
import { numberOf, type RunParameters } from '../../lib/system-job.ts';
import { Page } from '../../ui/page.tsx';
import { LastRunCard, NextRunCard, scheduleQuery } from '../../ui/run-cards.tsx';
import { RunHistory } from '../../ui/run-history.tsx';
import { RunLogDialog } from '../../ui/run-log-dialog.tsx';
import { QueryView } from '../../ui/states.tsx';
import { EstimateCards } from './estimate-cards.tsx';
import { GcForm } from './gc-form.tsx';
import { gcJob } from './gc-job.ts';
import { gcMessages } from './messages.ts';

/** What a garbage collection would free, when it runs, and what it did. */
export function GcPage() {
  useAdministration();
  const m = useMessages(gcMessages);
  const [logOf, setLogOf] = useState<number>();
  const schedule = useQuery(scheduleQuery(gcJob));
  useLive([gcJob.topic], [['system-job', gcJob.key]]);
  return (
    <Page title={m.title} description={m.description}>
      <section aria-label={m.estimate}>
        <SimpleGrid cols={{ base: 1, xs: 3 }} spacing="sm" mb="sm">
          <EstimateCards />
        </SimpleGrid>
        <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
          <LastRunCard job={gcJob} renderResult={renderResult} />
          <NextRunCard job={gcJob} />
        </SimpleGrid>
      </section>
      <QueryView query={schedule}>
        {(found) => <GcForm key={found?.update_time ?? ''} schedule={found} onStarted={setLogOf} />}
      </QueryView>
      <RunHistory job={gcJob} renderResult={renderResult} onOpenLog={setLogOf} />
      {logOf !== undefined && (
        <RunLogDialog job={gcJob} id={logOf} onClose={() => setLogOf(undefined)} />
      )}
    </Page>
  );
}

function renderResult(parameters: RunParameters) {
  return <Freed parameters={parameters} />;
}

function Freed({ parameters }: { parameters: RunParameters }) {
  const m = useMessages(gcMessages);
  const { bytes } = useFormat();
  const say = parameters['dry_run'] === true ? m.wouldFree : m.freed;
  return say(
    numberOf(parameters, 'purged_blobs'),
    numberOf(parameters, 'purged_manifests'),
    bytes(numberOf(parameters, 'freed_space')),
  );
}
