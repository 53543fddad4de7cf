import { Button } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useMessages } from '../../lib/messages.ts';
import { notifyDone, notifyFailure } from '../../ui/notify.tsx';
import { chartMessages } from './chart-messages.ts';
import { tke } from './tke-api.ts';
import type { ChartGroup } from './tke-types.ts';

/** Reads the index that an imported group mirrors now. */
export function MirrorButton({ group }: { group: ChartGroup }) {
  const m = useMessages(chartMessages);
  const client = useQueryClient();
  const [isRunning, setRunning] = useState(false);
  async function update(): Promise<void> {
    setRunning(true);
    try {
      await tke.updateImported(group);
      await client.invalidateQueries({ queryKey: ['tke'] });
      notifyDone(m.updated);
    } catch (error) {
      notifyFailure(error);
    } finally {
      setRunning(false);
    }
  }
  return (
    <Button variant="default" loading={isRunning} onClick={() => void update()}>
      {m.update}
    </Button>
  );
}
