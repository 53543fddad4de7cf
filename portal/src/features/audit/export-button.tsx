import { Button, Group, Text } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { common } from '../../lib/common-messages.ts';
import { useMessages } from '../../lib/messages.ts';
import { notifyDone, notifyFailure } from '../../ui/notify.tsx';
import { collectPages } from './collected.ts';
import { presentCsv } from './csv.ts';
import { conditionOf, type LogFilters } from './log-filters.ts';
import { listEntries } from './log-queries.ts';
import { auditMessages } from './messages.ts';

interface ExportButtonProps {
  readonly project: string | undefined;
  readonly filters: LogFilters;
}

/** Saves what the filters let through as a file. */
export function ExportButton({ project, filters }: ExportButtonProps) {
  const m = useMessages(auditMessages);
  const words = useMessages(common);
  const running = useRef<AbortController>(undefined);
  const [progress, setProgress] = useState<string>();
  useEffect(() => () => running.current?.abort(), []);
  async function run(): Promise<void> {
    const stop = new AbortController();
    running.current = stop;
    setProgress(m.exporting(0, 0));
    try {
      const q = conditionOf(filters, new Date()) ?? '';
      const { items, total } = await collectPages({
        getPage: (page, size) =>
          listEntries(project, { page, page_size: size, sort: '-op_time', q }, stop.signal),
        onProgress: (count, all) => setProgress(m.exporting(count, all)),
      });
      saveFile(`audit-log-${new Date().toISOString().slice(0, 10)}.csv`, presentCsv(items));
      const left = total - items.length;
      notifyDone(left > 0 ? m.exportedSome(items.length, left) : m.exported(items.length));
    } catch (error) {
      if (!stop.signal.aborted) notifyFailure(error);
    } finally {
      setProgress(undefined);
    }
  }
  if (progress === undefined) {
    return (
      <Button
        variant="default"
        leftSection={<IconDownload size={16} aria-hidden />}
        onClick={() => void run()}
      >
        {m.export}
      </Button>
    );
  }
  return (
    <Group gap="xs">
      <Text size="sm" role="status">
        {progress}
      </Text>
      <Button variant="default" onClick={() => running.current?.abort()}>
        {words.cancel}
      </Button>
    </Group>
  );
}

/** The mark at its beginning tells spreadsheets that it is UTF-8. */
function saveFile(name: string, csv: string): void {
  const url = URL.createObjectURL(new Blob(['\uFEFF', csv], { type: 'text/csv' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
