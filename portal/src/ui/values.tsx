import { Badge, Group, Progress, Stack, Text, Tooltip } from '@mantine/core';
import type { ReactNode } from 'react';
import { common } from '../lib/common-messages.ts';
import { isNever, useFormat } from '../lib/format.ts';
import { useMessages } from '../lib/messages.ts';
import { usePreferences } from '../lib/preferences.ts';
import { shortDigest } from '../lib/reference.ts';
import { CopyButton } from './copy.tsx';

/** A moment: "3 hours ago" with the exact time beside it, or as the reader prefers. */
export function Time({ value }: { value: string | undefined | null }) {
  const m = useMessages(common);
  const format = useFormat();
  const { dates = 'relative' } = usePreferences();
  if (value === undefined || value === null || isNever(value)) {
    return (
      <Text span inherit c="dimmed">
        {m.never}
      </Text>
    );
  }
  const exact = dates === 'iso' ? new Date(value).toISOString() : format.dateTime(value);
  const shown = dates === 'relative' ? format.relative(value) : exact;
  return (
    <Tooltip label={dates === 'relative' ? exact : format.relative(value)}>
      <time dateTime={value}>{shown}</time>
    </Tooltip>
  );
}

export function Bytes({ value }: { value: number }) {
  const format = useFormat();
  return (
    <span className="bytes" title={`${format.number(value)} B`}>
      {format.bytes(value)}
    </span>
  );
}

/** A digest, short, with the whole of it to copy. */
export function Digest({ value, children }: { value: string; children?: ReactNode }) {
  const m = useMessages(common);
  return (
    <Group gap={2} wrap="nowrap" component="span">
      <Text span inherit ff="monospace" title={value}>
        {children ?? shortDigest(value)}
      </Text>
      <CopyButton value={value} label={m.digest} />
    </Group>
  );
}

/** What of a limit is used: yellow from 70 %, red from 90 %. @param hard -1 is no limit */
export function UsageBar({ used, hard, label }: { used: number; hard: number; label: string }) {
  const m = useMessages(common);
  const format = useFormat();
  const part = hard > 0 ? used / hard : 0;
  const color = part >= 0.9 ? 'red' : part >= 0.7 ? 'yellow' : 'blue';
  return (
    <Stack gap={4} miw={120}>
      <Text size="sm">
        {hard < 0
          ? m.usedUnlimited(format.bytes(used))
          : m.usedOf(format.bytes(used), format.bytes(hard))}
      </Text>
      {hard >= 0 && (
        <Progress
          value={Math.min(100, part * 100)}
          color={color}
          aria-label={`${label}: ${format.percent(part)}`}
        />
      )}
    </Stack>
  );
}

const TONES: Readonly<Record<string, string>> = {
  success: 'green',
  succeed: 'green',
  healthy: 'green',
  finished: 'green',
  enabled: 'green',
  running: 'blue',
  pending: 'gray',
  scheduled: 'gray',
  stopped: 'yellow',
  stopping: 'yellow',
  error: 'red',
  failed: 'red',
  unhealthy: 'red',
};

/** A state in a word; `label` is how to say it to the reader. */
export function Status({ value, label }: { value: string; label?: string }) {
  return (
    <Badge variant="light" color={TONES[value.toLowerCase()] ?? 'gray'} tt="none" miw="max-content">
      {label ?? value}
    </Badge>
  );
}

/** Names and their values. */
export function KeyValues({ entries }: { entries: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className="key-values">
      {entries.map(([key, value]) => (
        <div key={key}>
          <dt>{key}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** A label of Harbor: any colour, so its name stands beside a mark of it. */
export function LabelChip({ name, color }: { name: string; color?: string | undefined }) {
  return (
    <Badge variant="default" tt="none" leftSection={<ColorMark color={color} />}>
      {name}
    </Badge>
  );
}

export function ColorMark({ color }: { color?: string | undefined }) {
  return (
    <svg width="10" height="10" aria-hidden="true">
      <circle
        cx="5"
        cy="5"
        r="4.5"
        fill={/^#[\da-f]{6}$/i.test(color ?? '') ? color : 'currentColor'}
        stroke="currentColor"
        strokeOpacity="0.4"
      />
    </svg>
  );
}
