/** Pages of Harbor's portal that stand for themselves, by their first parts. The longest counts. */
const PAGES: Readonly<Record<string, string>> = {
  '': '/projects',
  projects: '/projects',
  logs: '/logs',
  users: '/admin/users',
  'robot-accounts': '/admin/robots',
  groups: '/admin/groups',
  labels: '/admin/labels',
  'project-quotas': '/admin/quotas',
  gc: '/admin/gc',
  'clearing-job': '/admin/gc',
  'clearing-job/audit-log-purge': '/admin/audit-purge',
  'job-service-dashboard': '/admin/jobs',
  configs: '/admin/configuration',
  'sign-in': '/account/sign-in',
  'sign-up': '/account/sign-up',
  license: '/license',
  // Not here, or not yet.
  'interrogation-services': '/',
  registries: '/',
  replications: '/',
  distribution: '/',
};

/** Pages of a project, by what follows its name. */
const TABS: Readonly<Record<string, string>> = {
  '': '',
  repositories: '',
  summary: '/summary',
  members: '/members',
  labels: '/labels',
  'robot-account': '/robots',
  'tag-strategy': '/retention',
  'tag-strategy/immutable-tag': '/immutability',
  webhook: '/webhooks',
  logs: '/logs',
  configs: '/settings',
  'helm-charts': '',
  scanner: '',
  'p2p-provider': '',
};

/** Parts of an address after the name of a repository. */
const REPOSITORY_TABS = new Set(['artifacts-tab', 'info-tab', 'artifacts', 'tags', 'depth']);

/**
 * Where what Harbor's portal had at `path` (below `/harbor`, as the browser has it) is now;
 * undefined for what Harbor did not have either. @param nameOf the project that Harbor's address
 * calls by its id or name
 */
export function translate(path: string, nameOf: (idOrName: string) => string): string | undefined {
  const parts = split(path);
  const [first, project, ...rest] = parts;
  if (first !== 'projects' || project === undefined) return lookUp(PAGES, parts);
  const name = nameOf(decode(project));
  const base = `/p/${name}`;
  if (rest[0] === 'repositories' && rest.length > 1) {
    return `${base}/r/${referenceOf(rest.slice(1), name)}`;
  }
  const [tab, policy] = rest;
  if (tab === 'webhook' && policy !== undefined) return `${base}/webhooks/${policy}`;
  const place = lookUp(TABS, rest);
  return place === undefined ? undefined : base + place;
}

/** The project that an address of Harbor's is in, if it is one that has to be asked for: an id. */
export function projectIdOf(path: string): number | undefined {
  const [first, project = ''] = split(path);
  return first === 'projects' && /^\d{1,15}$/.test(project) ? Number(project) : undefined;
}

function split(path: string): string[] {
  return path.split('/').filter((part) => part !== '');
}

function lookUp(
  table: Readonly<Record<string, string>>,
  parts: readonly string[],
): string | undefined {
  for (let count = Math.min(2, parts.length); count > 0; count -= 1) {
    const found = find(table, parts.slice(0, count).join('/'));
    if (found !== undefined) return found;
  }
  return parts.length === 0 ? find(table, '') : undefined;
}

function find(table: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

/** `app`, `app:tag` or `app@sha256:…` from what follows `repositories/`. */
function referenceOf(parts: readonly string[], project: string): string {
  // A repository was encoded once or twice, and some who made links did not encode it at all.
  const next = parts.findIndex((part, index) => index > 0 && REPOSITORY_TABS.has(part));
  const end = next === -1 ? parts.length : next;
  const repository = parts.slice(0, end).map(decode).join('/');
  const tail = parts.slice(end).map(decode);
  if (tail[0] === 'tags') {
    // Harbor 1 had repositories with their projects.
    const own = repository.startsWith(`${project}/`)
      ? repository.slice(project.length + 1)
      : repository;
    return tail[1] === undefined ? own : `${own}:${tail[1]}`;
  }
  const artifact = after(tail, 'artifacts') ?? after(tail, 'depth')?.split('-').at(-1);
  if (artifact === undefined) return repository;
  return `${repository}${artifact.includes(':') ? '@' : ':'}${artifact}`;
}

function after(parts: readonly string[], word: string): string | undefined {
  const index = parts.indexOf(word);
  return index === -1 ? undefined : parts[index + 1];
}

/** Names have no `%` themselves. */
function decode(part: string): string {
  let text = part;
  for (let round = 0; round < 3 && text.includes('%'); round += 1) {
    try {
      text = decodeURIComponent(text);
    } catch {
      return text;
    }
  }
  return text;
}
