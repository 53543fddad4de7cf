import { Button, Group, Tabs } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { common } from '../../lib/common-messages.ts';
import { useListState } from '../../lib/list-state.ts';
import { useMessages } from '../../lib/messages.ts';
import { Link } from '../../ui/link.tsx';
import { Page } from '../../ui/page.tsx';
import { QueryView } from '../../ui/states.tsx';
import { tkeMessages } from './messages.ts';
import { NamespaceDialog } from './namespace-dialog.tsx';
import { NamespaceFacts } from './namespace-facts.tsx';
import { RepositoriesTab } from './repositories-tab.tsx';
import { namespaceQuery, useCaller, usePlace } from './tke-queries.ts';
import { canChangeNamespace } from './tke-rights.ts';
import { UsageGuide } from './usage-guide.tsx';

/** The images of a namespace, and the commands to use it. */
export function NamespacePage() {
  const m = useMessages(tkeMessages);
  const words = useMessages(common);
  const { namespace: name = '' } = useParams({ strict: false });
  const caller = useCaller();
  const query = useQuery(namespaceQuery(usePlace(name)));
  const list = useListState({ table: 'tke-namespace' });
  const [isEditing, setEditing] = useState(false);
  const namespace = query.data;
  return (
    <Page
      title={name}
      trail={[
        <Link key="namespaces" to="/tke/namespaces">
          {m.namespaces}
        </Link>,
      ]}
      description={namespace?.spec.displayName ?? ''}
      actions={
        <Group gap="xs">
          {namespace !== undefined && canChangeNamespace(caller, namespace) && (
            <Button variant="default" onClick={() => setEditing(true)}>
              {words.edit}
            </Button>
          )}
        </Group>
      }
    >
      <QueryView query={query}>
        {(found) => (
          <>
            <NamespaceFacts namespace={found} />
            <Tabs
              value={list.filter('tab') || 'repositories'}
              onChange={(tab) => list.setFilter('tab', tab === 'guide' ? 'guide' : '')}
              keepMounted={false}
            >
              <Tabs.List>
                <Tabs.Tab value="repositories">{m.images}</Tabs.Tab>
                <Tabs.Tab value="guide">{m.guide}</Tabs.Tab>
              </Tabs.List>
              <Tabs.Panel value="repositories" pt="md">
                <RepositoriesTab namespace={found} onGuide={() => list.setFilter('tab', 'guide')} />
              </Tabs.Panel>
              <Tabs.Panel value="guide" pt="md">
                <UsageGuide namespace={found.spec.name} />
              </Tabs.Panel>
            </Tabs>
            <NamespaceDialog
              edited={isEditing ? found : undefined}
              onClose={() => setEditing(false)}
            />
          </>
        )}
      </QueryView>
    </Page>
  );
}
