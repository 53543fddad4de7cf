import { Button, SegmentedControl, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, many, type Query } from '../../lib/api.ts';
import { type ListState, useListState } from '../../lib/list-state.ts';
import { useLive } from '../../lib/live.ts';
import { useMessages } from '../../lib/messages.ts';
import { useCurrentUser, useIsAdmin, useSystemInfo } from '../../lib/session.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { LinkButton } from '../../ui/link.tsx';
import { Page } from '../../ui/page.tsx';
import { SearchInput } from '../../ui/search-input.tsx';
import { Empty } from '../../ui/states.tsx';
import { DeleteProjectsDialog } from './delete-projects-dialog.tsx';
import { projectsMessages } from './messages.ts';
import { NewProjectDialog } from './new-project-dialog.tsx';
import { type ListedProject, useProjectColumns } from './project-columns.tsx';
import { StatisticsCards } from './statistics-cards.tsx';

const PROJECT_ADMIN = 1;

/** All projects that the reader may see. */
export function ProjectsPage() {
  const m = useMessages(projectsMessages);
  const [isOpen, dialog] = useDisclosure(false);
  const mayCreate = useMayCreate();
  const button = mayCreate && (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={dialog.open}>
      {m.newProject}
    </Button>
  );
  return (
    <Page title={m.title} description={m.description} actions={button}>
      <StatisticsCards />
      <ProjectTable onCreate={mayCreate ? dialog.open : undefined} />
      {mayCreate && <NewProjectDialog opened={isOpen} onClose={dialog.close} />}
    </Page>
  );
}

function useMayCreate(): boolean {
  const user = useCurrentUser();
  const isAdmin = useIsAdmin();
  const { project_creation_restriction: restriction } = useSystemInfo();
  return isAdmin || (user !== null && restriction === 'everyone');
}

function ProjectTable({ onCreate }: { onCreate: (() => void) | undefined }) {
  const m = useMessages(projectsMessages);
  const isAdmin = useIsAdmin();
  const list = useListState({ table: 'projects', sort: 'name' });
  const query = useQuery({
    queryKey: ['projects', queryOf(list)],
    queryFn: ({ signal }) =>
      many(api.GET('/api/v2.0/projects', { params: { query: queryOf(list) }, signal })),
    placeholderData: keepPreviousData,
  });
  useLive(['projects'], [['projects'], ['statistics']]);
  const mayDelete = (project: ListedProject) =>
    isAdmin || project.current_user_role_id === PROJECT_ADMIN;
  return (
    <DataTable
      label={m.projectList}
      table="projects"
      columns={useProjectColumns()}
      query={query}
      list={list}
      keyOf={({ project_id: id }) => String(id)}
      nameOf={({ name }) => name}
      empty={<NoProjects onCreate={onCreate} />}
      toolbar={<Filters list={list} />}
      {...(query.data?.items.some(mayDelete) === true && {
        renderBatch: (rows: readonly ListedProject[], clear: () => void) =>
          rows.every(mayDelete) && <DeleteButton projects={rows} onDeleted={clear} />,
      })}
    />
  );
}

function queryOf(list: ListState): Query<'listProjects'> {
  const name = list.filter('name');
  const access = list.filter('access');
  return {
    page: list.page,
    page_size: list.size,
    with_quota: true,
    ...(list.sort !== undefined && { sort: list.sort }),
    ...(name !== '' && { name }),
    ...(access !== '' && { public: access === 'public' }),
  };
}

function Filters({ list }: { list: ListState }) {
  const m = useMessages(projectsMessages);
  const isSignedIn = useCurrentUser() !== null;
  return (
    <>
      {isSignedIn && (
        <SegmentedControl
          aria-label={m.filterAccess}
          data={[
            { value: '', label: m.all },
            { value: 'private', label: m.isPrivate },
            { value: 'public', label: m.isPublic },
          ]}
          value={list.filter('access')}
          onChange={(value) => list.setFilter('access', value)}
        />
      )}
      <SearchInput
        label={m.searchName}
        value={list.filter('name')}
        onChange={(value) => list.setFilter('name', value)}
      />
    </>
  );
}

interface DeleteButtonProps {
  readonly projects: readonly ListedProject[];
  onDeleted(): void;
}

function DeleteButton({ projects, onDeleted }: DeleteButtonProps) {
  const m = useMessages(projectsMessages);
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button
        size="xs"
        color="red"
        variant="light"
        leftSection={<IconTrash size={14} aria-hidden />}
        onClick={() => setOpen(true)}
      >
        {m.deleteProjects(projects.length)}
      </Button>
      <DeleteProjectsDialog
        projects={projects}
        opened={isOpen}
        onClose={() => setOpen(false)}
        onDeleted={onDeleted}
      />
    </>
  );
}

function NoProjects({ onCreate }: { onCreate: (() => void) | undefined }) {
  const m = useMessages(projectsMessages);
  const isSignedIn = useCurrentUser() !== null;
  if (!isSignedIn) {
    return (
      <Empty title={m.emptyTitle}>
        <Text c="dimmed">{m.emptyAnonymous}</Text>
        <LinkButton to="/account/sign-in" search={{ redirect_url: '/projects' }}>
          {m.signIn}
        </LinkButton>
      </Empty>
    );
  }
  return (
    <Empty title={m.emptyTitle}>
      <Text c="dimmed">{onCreate === undefined ? m.emptyMember : m.emptyCreate}</Text>
      {onCreate !== undefined && <Button onClick={onCreate}>{m.newProject}</Button>}
    </Empty>
  );
}
