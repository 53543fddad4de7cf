import { ActionIcon, Group, NativeSelect, Text } from '@mantine/core';
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react';
import { common } from '../lib/common-messages.ts';
import { type ListState, PAGE_SIZES } from '../lib/list-state.ts';
import { useMessages } from '../lib/messages.ts';

/** Where in a list the reader is, and the ways on. */
export function Pager({ list, total }: { list: ListState; total: number }) {
  const m = useMessages(common);
  const { page, size } = list;
  const last = Math.max(1, Math.ceil(total / size));
  const sizes = [...new Set([...PAGE_SIZES, size])].toSorted((a, b) => a - b);
  return (
    <Group justify="end" gap="md" component="nav" aria-label={m.rowsPerPage}>
      <Group gap="xs">
        <Text size="sm" id="rows-per-page">
          {m.rowsPerPage}
        </Text>
        <NativeSelect
          size="xs"
          aria-labelledby="rows-per-page"
          data={sizes.map(String)}
          value={String(size)}
          onChange={(event) => list.setSize(Number(event.currentTarget.value))}
        />
      </Group>
      <Text size="sm" role="status">
        {m.pageOf(Math.min(total, (page - 1) * size + 1), Math.min(total, page * size), total)}
      </Text>
      <Group gap={4}>
        <ActionIcon
          variant="default"
          aria-label={m.previousPage}
          disabled={page <= 1}
          onClick={() => list.setPage(page - 1)}
        >
          <IconChevronLeft size={16} />
        </ActionIcon>
        <ActionIcon
          variant="default"
          aria-label={m.nextPage}
          disabled={page >= last}
          onClick={() => list.setPage(page + 1)}
        >
          <IconChevronRight size={16} />
        </ActionIcon>
      </Group>
    </Group>
  );
}
