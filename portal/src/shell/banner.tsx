import { Alert } from '@mantine/core';
import { useState } from 'react';
import { common } from '../lib/common-messages.ts';
import { useMessages } from '../lib/messages.ts';
import { updatePreferences, usePreferences } from '../lib/preferences.ts';

interface BannerMessage {
  readonly message: string;
  readonly type: 'info' | 'warning' | 'success' | 'danger';
  readonly closable: boolean;
}

const COLORS = { info: 'blue', warning: 'yellow', success: 'green', danger: 'red' } as const;

/** What administrators tell everybody. Harbor keeps it as JSON with days from and to. */
export function Banner({ text }: { text: string }) {
  const m = useMessages(common);
  const { closedBanner } = usePreferences();
  const [opened] = useState(() => new Date());
  const banner = parseBanner(text, opened);
  if (banner === undefined || (banner.closable && closedBanner === text)) return null;
  return (
    <Alert
      color={COLORS[banner.type]}
      mb="md"
      role="status"
      withCloseButton={banner.closable}
      closeButtonLabel={m.close}
      onClose={() => updatePreferences({ closedBanner: text })}
    >
      {banner.message}
    </Alert>
  );
}

/** Reads Harbor's banner; undefined outside its days, or when there is nothing to say. */
export function parseBanner(text: string, now: Date): BannerMessage | undefined {
  const read = readObject(text);
  const message = read === undefined ? text : textOf(read['message']);
  if (message === '') return undefined;
  const { fromDate, toDate, type, closable } = read ?? {};
  const day = 86_400_000;
  if (typeof fromDate === 'string' && Date.parse(fromDate) > now.getTime()) return undefined;
  if (typeof toDate === 'string' && Date.parse(toDate) + day < now.getTime()) return undefined;
  const known = type === 'warning' || type === 'success' || type === 'danger' ? type : 'info';
  return { message, type: known, closable: closable === true };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function readObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
