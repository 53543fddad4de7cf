import type { Answer } from '../../lib/api.ts';
import { type Runtime, usePreferences } from '../../lib/preferences.ts';
import { useProject } from '../../lib/project.ts';
import { useRegistry } from '../../lib/registry.ts';
import { useCurrentUser } from '../../lib/session.ts';
import { type SnippetPlace, snippet, type Way } from './snippets.ts';

/** What is to be pulled: its kind, and how it is called. */
export interface Pulled {
  readonly type: string;
  readonly tag?: string;
  readonly digest?: string;
}

/** The client that pulls a kind of artifact; for images the one chosen. */
export function wayOf(type: string, runtime: Runtime): Way {
  if (type === 'CHART') return 'helm-pull';
  return type === 'IMAGE' || type === 'WASM' ? runtime : 'oras';
}

/** Commands that pull from a repository, with the reader's client, host and name. */
export function usePullCommand(repository: string) {
  const { runtime = 'docker' } = usePreferences();
  const { project } = useProject();
  const place = usePlace(project, repository);
  return {
    host: place.host,
    clientOf: (type: string) => (type === 'CHART' ? 'helm' : wayOf(type, runtime)),
    commandOf: ({ type, ...name }: Pulled) => snippet(wayOf(type, runtime), { ...place, ...name }),
  };
}

function usePlace(project: Answer<'getProject'>, repository: string): SnippetPlace {
  const { host, isPlainHttp } = useRegistry();
  const user = useCurrentUser();
  return {
    host,
    url: `${isPlainHttp ? 'http' : 'https'}://${host}`,
    project: project.name,
    repository,
    isPlain: isPlainHttp,
    username: user?.username ?? 'USERNAME',
    isPublic: project.metadata?.['public'] === 'true',
  };
}
