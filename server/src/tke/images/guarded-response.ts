import type { ServerResponse } from 'node:http';
import { presentErrors } from '@berth/oci';
import { translateErrors } from './error-body.ts';
import type { NameView } from './name-view.ts';

export interface GuardOptions {
  readonly view: NameView;
  readonly repository: string;
  readonly stored: string;
  /** Whether the body is a list of tags, which has the repository's name in it. */
  readonly isTagList: boolean;
}

interface Head {
  readonly status: number;
  readonly headers: readonly string[];
}

/**
 * Turns what this process is about to answer for a stored repository into what the client asked
 * for. Answers that carry content are let go with their headers, and then cost nothing more;
 * errors and lists of tags are held until they are whole.
 */
export function guardResponse(response: ServerResponse, options: GuardOptions): void {
  let held: Head | undefined;
  const release = () => {
    Reflect.deleteProperty(response, 'writeHead');
    Reflect.deleteProperty(response, 'end');
  };
  Object.defineProperty(response, 'writeHead', {
    configurable: true,
    value(status: number, headers: readonly string[] = []) {
      const head = { status, headers: translateHeaders(headers, options) };
      if (status >= 400 || (options.isTagList && status === 200)) {
        held = head;
        return response;
      }
      release();
      return response.writeHead(status, head.headers);
    },
  });
  Object.defineProperty(response, 'end', {
    configurable: true,
    value(body?: Buffer | string) {
      release();
      if (held === undefined) return body === undefined ? response.end() : response.end(body);
      if (body === undefined) {
        response.writeHead(held.status, withLength(held.headers, undefined));
        return response.end();
      }
      const translated = Buffer.from(translateBody(held.status, String(body), options));
      response.writeHead(held.status, withLength(held.headers, translated.length));
      return response.end(translated);
    },
  });
}

function translateHeaders(headers: readonly string[], options: GuardOptions): string[] {
  const { stored, repository, view } = options;
  const translated: string[] = [];
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const name = headers[index] ?? '';
    const value = headers[index + 1] ?? '';
    const shown = translateHeader(name.toLowerCase(), value);
    if (shown !== undefined) translated.push(name, shown);
  }
  return translated;

  function translateHeader(name: string, value: string): string | undefined {
    if (name === 'location') return movePath(value, stored, repository);
    if (name === 'link') {
      const path = movePath(value.slice(1), stored, repository);
      return path === undefined ? undefined : `<${path}`;
    }
    if (name === 'warning') return view.present(value);
    return name === 'www-authenticate' ? undefined : value;
  }
}

/** A path below one repository as the same path below another; undefined for any other path. */
export function movePath(path: string, from: string, to: string): string | undefined {
  const prefix = `/v2/${from}/`;
  return path.startsWith(prefix) ? `/v2/${to}/${path.slice(prefix.length)}` : undefined;
}

function translateBody(status: number, body: string, options: GuardOptions): string {
  if (status >= 400) return presentErrors(translateErrors(body, status, options.view));
  const list: unknown = JSON.parse(body);
  const tags = list instanceof Object && 'tags' in list ? list.tags : [];
  return JSON.stringify({ name: options.repository, tags });
}

function withLength(headers: readonly string[], length: number | undefined): string[] {
  const kept = headers.filter((_, index) => {
    const name = headers[index - (index % 2)];
    return name?.toLowerCase() !== 'content-length';
  });
  return length === undefined ? kept : [...kept, 'Content-Length', String(length)];
}
