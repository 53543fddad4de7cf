import { Code, Stack, Text } from '@mantine/core';
import { useMessages } from '../../lib/messages.ts';
import { KeyValues, Time } from '../../ui/values.tsx';
import { robotsMessages } from './messages.ts';
import type { Robot } from './robot-draft.ts';

/** What a list has no room for: from where a robot came, and whose tokens it takes. */
export function RobotDetail({ robot }: { robot: Robot }) {
  const m = useMessages(robotsMessages);
  const { last_used_address: address, trusts = [], update_time: updated } = robot;
  return (
    <KeyValues
      entries={[
        [m.updated, <Time key="updated" value={updated} />],
        ...(address === undefined ? [] : [[m.lastAddress, address] as const]),
        ...(trusts.length === 0
          ? []
          : [[m.trusts, <Trusts key="trusts" trusts={trusts} />] as const]),
      ]}
    />
  );
}

function Trusts({ trusts }: { trusts: NonNullable<Robot['trusts']> }) {
  return (
    <Stack gap={4}>
      {trusts.map(({ issuer, conditions }) => (
        <Text key={`${issuer} ${JSON.stringify(conditions)}`} size="sm">
          {issuer}{' '}
          {conditions.map(({ claim, pattern }) => (
            <Code key={claim} mr={4}>{`${claim} = ${pattern}`}</Code>
          ))}
        </Text>
      ))}
    </Stack>
  );
}
