import { Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useLive } from '../../lib/live.ts';
import { QueryView } from '../../ui/states.tsx';
import type { RetentionPolicy } from './policy.ts';
import { policyQuery, usePolicyId } from './retention-queries.ts';
import { RulesSection } from './rules-section.tsx';
import { RunsSection } from './runs-section.tsx';
import { ScheduleSection } from './schedule-section.tsx';

/** What stays in a project's repositories, and what its runs have done. */
export function RetentionPage() {
  const id = usePolicyId();
  return id === undefined ? <Sections policy={null} /> : <WithPolicy id={id} />;
}

function WithPolicy({ id }: { id: number }) {
  const query = useQuery(policyQuery(id));
  useLive([`retention:${id}`], [['retention', id]]);
  return <QueryView query={query}>{(policy) => <Sections policy={policy} />}</QueryView>;
}

function Sections({ policy }: { policy: RetentionPolicy | null }) {
  const hasRules = policy !== null && policy.rules.length > 0;
  return (
    <Stack gap="xl">
      <RulesSection policy={policy} />
      {hasRules && <ScheduleSection policy={policy} />}
      {policy !== null && <RunsSection policy={policy} />}
    </Stack>
  );
}
