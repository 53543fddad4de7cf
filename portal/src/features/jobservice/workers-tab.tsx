import { Button, SegmentedControl, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useListState } from '../../lib/list-state.ts';
import { pageOf } from '../../lib/local-list.ts';
import { useMessages } from '../../lib/messages.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { Empty, QueryView } from '../../ui/states.tsx';
import { Time } from '../../ui/values.tsx';
import { JobLogDialog } from './job-log-dialog.tsx';
import { poolsQuery, type Worker, type WorkerPool, workersQuery } from './jobservice-queries.ts';
import { jobserviceMessages } from './messages.ts';
import { StopJobsDialog } from './stop-jobs-dialog.tsx';
import { numberOf, useWorkerColumns } from './worker-columns.tsx';

/** Processes that run jobs, and what they run now. */
export function WorkersTab() {
  const m = useMessages(jobserviceMessages);
  const pools = useQuery(poolsQuery);
  return (
    <Stack gap="lg">
      <section>
        <Title order={2} size="h4" mb="xs">
          {m.pools}
        </Title>
        <QueryView query={pools}>{(all) => <Pools pools={all} />}</QueryView>
      </section>
      <section>
        <Title order={2} size="h4" mb="xs">
          {m.workers}
        </Title>
        <Workers pools={pools.data ?? []} />
      </section>
    </Stack>
  );
}

function Pools({ pools }: { pools: readonly WorkerPool[] }) {
  const m = useMessages(jobserviceMessages);
  return (
    <Table.ScrollContainer
      minWidth={560}
      scrollAreaProps={{ viewportProps: { tabIndex: 0, role: 'region', 'aria-label': m.pools } }}
    >
      <Table aria-label={m.pools} verticalSpacing="xs">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{m.host}</Table.Th>
            <Table.Th>{m.pid}</Table.Th>
            <Table.Th>{m.concurrency}</Table.Th>
            <Table.Th>{m.started}</Table.Th>
            <Table.Th>{m.heartbeat}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {pools.map((pool) => (
            <Table.Tr key={pool.worker_pool_id}>
              <Table.Td>{pool.host}</Table.Td>
              <Table.Td>{pool.pid}</Table.Td>
              <Table.Td>{pool.concurrency}</Table.Td>
              <Table.Td>
                <Time value={pool.start_at} />
              </Table.Td>
              <Table.Td>
                <Time value={pool.heartbeat_at} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function Workers({ pools }: { pools: readonly WorkerPool[] }) {
  const m = useMessages(jobserviceMessages);
  const list = useListState({ table: 'workers' });
  const showsAll = list.filter('show') === 'all';
  const [log, setLog] = useState<Worker>();
  const [stopped, setStopped] = useState<readonly Worker[]>([]);
  const hosts = new Map(pools.map(({ worker_pool_id, host }) => [worker_pool_id, host]));
  const nameOf = (worker: Worker) =>
    `${hosts.get(worker.pool_id) ?? worker.pool_id} #${numberOf(worker.id)}`;
  const query = useQuery({
    ...workersQuery,
    select: (workers) =>
      pageOf(
        workers.filter(({ job_id }) => showsAll || job_id !== undefined),
        { list },
      ),
  });
  return (
    <>
      <DataTable
        label={m.workers}
        table="workers"
        list={list}
        query={query}
        columns={useWorkerColumns({ nameOf, onLog: setLog, onStop: (row) => setStopped([row]) })}
        keyOf={({ id }) => id}
        nameOf={nameOf}
        empty={
          <Empty title={m.allIdle}>
            <Text c="dimmed">{m.allIdleHint}</Text>
          </Empty>
        }
        toolbar={
          <SegmentedControl
            aria-label={m.show}
            data={[
              { value: '', label: m.busyOnly },
              { value: 'all', label: m.allWorkers },
            ]}
            value={showsAll ? 'all' : ''}
            onChange={(value) => list.setFilter('show', value)}
          />
        }
        renderBatch={(rows) => <StopButton workers={rows} onStop={setStopped} />}
      />
      <JobLogDialog worker={log} onClose={() => setLog(undefined)} />
      <StopJobsDialog workers={stopped} onClose={() => setStopped([])} />
    </>
  );
}

function StopButton({
  workers,
  onStop,
}: {
  workers: readonly Worker[];
  onStop: (busy: readonly Worker[]) => void;
}) {
  const m = useMessages(jobserviceMessages);
  const busy = workers.filter(({ job_id }) => job_id !== undefined);
  return (
    <Button
      size="xs"
      variant="light"
      color="red"
      disabled={busy.length === 0}
      onClick={() => onStop(busy)}
    >
      {m.stop}
    </Button>
  );
}
