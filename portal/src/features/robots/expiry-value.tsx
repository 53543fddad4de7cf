import { Badge, Tooltip } from '@mantine/core';
import { common } from '../../lib/common-messages.ts';
import { useFormat } from '../../lib/format.ts';
import { useMessages } from '../../lib/messages.ts';
import { Time } from '../../ui/values.tsx';
import { expiryOf } from './expiry.ts';
import { robotsMessages } from './messages.ts';

/** When a robot ends, in a colour and a word where that is soon or past. */
export function ExpiryValue({ seconds, now }: { seconds: number; now: Date }) {
  const m = useMessages(robotsMessages);
  const words = useMessages(common);
  const format = useFormat();
  const expiry = expiryOf(seconds, now);
  if (expiry.kind === 'never') return words.never;
  if (expiry.kind === 'later') return <Time value={expiry.at.toISOString()} />;
  const isOver = expiry.kind === 'expired';
  return (
    <Tooltip label={format.dateTime(expiry.at)}>
      <Badge variant="light" color={isOver ? 'red' : 'yellow'} tt="none">
        {isOver ? m.expired : m.expiresSoon(format.relative(expiry.at))}
      </Badge>
    </Tooltip>
  );
}
