import type { Answer } from '../registry.ts';
import { type Api, memberOf } from './api.ts';

/** A registry token as an `Authorization`; undefined when the credentials are refused. */
export async function findToken(
  api: Api,
  authorization: string | undefined,
  ...scopes: string[]
): Promise<string | undefined> {
  const query = new URLSearchParams();
  for (const scope of scopes) query.append('scope', scope);
  const answer = await api('GET', `/service/token?${query.toString()}`, { authorization });
  const token = memberOf(answer.json, 'token');
  return answer.status === 200 ? `Bearer ${String(token)}` : undefined;
}

/** The same, but throws when they are refused. */
export async function getToken(
  api: Api,
  authorization: string | undefined,
  ...scopes: string[]
): Promise<string> {
  const token = await findToken(api, authorization, ...scopes);
  if (token === undefined) throw new Error('no token was issued');
  return token;
}

export function fullScope(repository: string): string {
  return `repository:${repository}:pull,push,delete`;
}

/** What an `Authorization` can do to a repository that holds `latest`, as the words of scopes. */
export async function probe(
  api: Api,
  authorization: string | undefined,
  repository: string,
): Promise<string> {
  const asked: [string, Promise<Answer>][] = [
    ['pull', api('GET', `/v2/${repository}/manifests/latest`, { authorization })],
    ['push', api('POST', `/v2/${repository}/blobs/uploads/`, { authorization })],
    ['delete', api('DELETE', `/v2/${repository}/manifests/no-such-tag`, { authorization })],
  ];
  const able: string[] = [];
  for (const [word, answer] of asked) {
    const { status, text } = await answer;
    if (status >= 500) throw new Error(`${word}: ${status} ${text}`);
    if (status !== 401 && status !== 403) able.push(word);
  }
  return able.join(',');
}
