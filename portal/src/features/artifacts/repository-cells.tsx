import { Badge, Group, Menu, Stack, Text, Tooltip } from '@mantine/core';
import { IconCopy, IconLock } from '@tabler/icons-react';
import { copyText } from '../../lib/clipboard.ts';
import { useMessages } from '../../lib/messages.ts';
import { presentReference, shortDigest } from '../../lib/reference.ts';
import { Link } from '../../ui/link.tsx';
import { notifyDone, notifyFailure } from '../../ui/notify.tsx';
import { Digest, LabelChip, Time } from '../../ui/values.tsx';
import type { LabelRow, RepositoryPlace } from './repository-data.ts';
import { repositoryMessages } from './repository-messages.ts';

/** A digest that leads to its artifact. */
export function DigestLink({ place, digest }: { place: RepositoryPlace; digest: string }) {
  const { project, repository } = place;
  return (
    <Digest value={digest}>
      <Link
        to="/p/$project/r/$"
        params={{ project, _splat: presentReference({ repository, digest }) }}
        inherit
        display="inline-block"
        py={2}
      >
        {shortDigest(digest)}
      </Link>
    </Digest>
  );
}

/** A tag that leads to its artifact. */
export function TagLink({ place, tag }: { place: RepositoryPlace; tag: string }) {
  const { project, repository } = place;
  return (
    <Link
      to="/p/$project/r/$"
      params={{ project, _splat: presentReference({ repository, tag }) }}
      inherit
      style={{ overflowWrap: 'break-word' }}
    >
      {tag}
    </Link>
  );
}

export function ImmutableBadge() {
  const m = useMessages(repositoryMessages);
  return (
    <Tooltip label={m.immutableHint} multiline maw={280}>
      <Badge
        variant="light"
        color="gray"
        tt="none"
        leftSection={<IconLock size={12} aria-hidden />}
        tabIndex={0}
      >
        {m.immutable}
      </Badge>
    </Tooltip>
  );
}

const MOST_PLATFORMS = 3;

/** The platforms that something runs on. @param count of all, of which some may not be known */
export function Platforms({ names, count }: { names: readonly string[]; count: number }) {
  const m = useMessages(repositoryMessages);
  const more = count - Math.min(MOST_PLATFORMS, names.length);
  return (
    <Stack gap={0}>
      {names.slice(0, MOST_PLATFORMS).map((name) => (
        <Text key={name} size="sm">
          {name}
        </Text>
      ))}
      {more > 0 && (
        <Tooltip
          label={names.slice(MOST_PLATFORMS).join(', ')}
          disabled={names.length <= MOST_PLATFORMS}
          multiline
          maw={320}
        >
          <Text size="xs" c="dimmed" tabIndex={0}>
            {names.length === 0 ? m.platformCount(count) : m.morePlatforms(more)}
          </Text>
        </Tooltip>
      )}
    </Stack>
  );
}

export function LabelChips({ labels }: { labels: readonly LabelRow[] | null | undefined }) {
  if (labels === null || labels === undefined || labels.length === 0) return null;
  return (
    <Group gap={4} miw={110} maw={260}>
      {labels.map(({ id, name, color }) => (
        <LabelChip key={id} name={name} color={color} />
      ))}
    </Group>
  );
}

/** When something was pushed, and by whom if that is told. */
export function Pushed({ time, name }: { time: string; name?: string | undefined }) {
  const m = useMessages(repositoryMessages);
  return (
    <Stack gap={0}>
      <Time value={time} />
      {name !== undefined && (
        <Text size="xs" c="dimmed">
          {m.by(name)}
        </Text>
      )}
    </Stack>
  );
}

/** Puts something into the clipboard, from a menu. */
export function CopyItem({ label, value }: { label: string; value: string }) {
  const m = useMessages(repositoryMessages);
  return (
    <Menu.Item
      leftSection={<IconCopy size={14} aria-hidden />}
      onClick={() => void copyText(value).then(() => notifyDone(m.copied), notifyFailure)}
    >
      {label}
    </Menu.Item>
  );
}
