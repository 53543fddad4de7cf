import { ActionIcon, Checkbox, Popover, Stack, Tooltip } from '@mantine/core';
import { IconColumns3 } from '@tabler/icons-react';
import { common } from '../lib/common-messages.ts';
import { useMessages } from '../lib/messages.ts';
import { getPreferences, updatePreferences, usePreferences } from '../lib/preferences.ts';

interface HideableColumn {
  readonly key: string;
  readonly title: string;
  readonly isFixed?: boolean;
}

/** Which columns of a table are shown; the browser remembers it. */
export function ColumnMenu({
  table,
  columns,
}: {
  table: string;
  columns: readonly HideableColumn[];
}) {
  const m = useMessages(common);
  const hidden = new Set(usePreferences().hiddenColumns?.[table]);
  const hideable = columns.filter(({ isFixed, title }) => isFixed !== true && title !== '');
  if (hideable.length < 2) return null;
  return (
    <Popover position="bottom-end" trapFocus>
      <Popover.Target>
        <Tooltip label={m.columns}>
          <ActionIcon variant="default" aria-label={m.columns}>
            <IconColumns3 size={16} />
          </ActionIcon>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown aria-label={m.columns}>
        <Stack gap="xs">
          {hideable.map(({ key, title }) => (
            <Checkbox
              key={key}
              label={title}
              checked={!hidden.has(key)}
              onChange={() => hide(table, key, !hidden.has(key))}
            />
          ))}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

function hide(table: string, key: string, isHidden: boolean): void {
  const { hiddenColumns = {} } = getPreferences();
  const others = (hiddenColumns[table] ?? []).filter((one) => one !== key);
  updatePreferences({
    hiddenColumns: { ...hiddenColumns, [table]: isHidden ? [...others, key] : others },
  });
}
