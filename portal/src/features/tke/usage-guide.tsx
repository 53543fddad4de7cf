import { Stack, Tabs, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMessages } from '../../lib/messages.ts';
import { Command } from '../../ui/copy.tsx';
import { LinkButton } from '../../ui/link.tsx';
import { QueryView } from '../../ui/states.tsx';
import { chartGuide, type GuideNames, type GuideSection, imageGuide } from './guide.ts';
import { tkeMessages } from './messages.ts';
import { sysinfoQuery, useCaller } from './tke-queries.ts';
import type { Sysinfo } from './tke-types.ts';

/** The commands for a namespace of images, or for a group of charts, with everything filled in. */
export function UsageGuide({ namespace, group }: { namespace?: string; group?: string }) {
  const query = useQuery(sysinfoQuery);
  const { name } = useCaller();
  const isPlain = window.location.protocol === 'http:';
  return (
    <QueryView query={query}>
      {({ registry: { guidance } }) => {
        // An account of Harbor has a name of its own.
        const user = guidance.login === 'tke' ? name : '';
        const names: GuideNames = {
          user,
          ...(namespace !== undefined && { namespace }),
          ...(group !== undefined && { group }),
        };
        const make = group === undefined ? imageGuide : chartGuide;
        return <Guide login={guidance.login} sections={make(guidance, names, isPlain)} />;
      }}
    </QueryView>
  );
}

interface GuideProps {
  readonly login: Sysinfo['registry']['guidance']['login'];
  readonly sections: readonly GuideSection[];
}

function Guide({ login, sections }: GuideProps) {
  const m = useMessages(tkeMessages);
  const intro = { tke: m.guideIntro, harbor: m.guideHarbor, none: m.guideOpen };
  return (
    <Stack gap="md" align="start">
      <Text>{intro[login]}</Text>
      {login === 'tke' && (
        <LinkButton to="/tke/api-keys" variant="default" size="xs">
          {m.makeKey}
        </LinkButton>
      )}
      <Tabs defaultValue={sections[0]?.id ?? null} w="100%" variant="outline">
        <Tabs.List>
          {sections.map(({ id }) => (
            <Tabs.Tab key={id} value={id}>
              {m.client(id)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {sections.map(({ id, steps }) => (
          <Tabs.Panel key={id} value={id} pt="md">
            <Stack gap="md" maw={860}>
              {steps.map(({ title, command }) => (
                <Stack key={title} gap={4}>
                  <Text size="sm" fw={600}>
                    {m.step(title)}
                  </Text>
                  <Command label={m.step(title)}>{command}</Command>
                </Stack>
              ))}
            </Stack>
          </Tabs.Panel>
        ))}
      </Tabs>
    </Stack>
  );
}
