import { shellQuote } from './commands.ts';
import type { Runtime } from './preferences.ts';

interface LoginPlace {
  readonly host: string;
  readonly username: string;
  readonly isPlainHttp: boolean;
}

/** Clients of charts log in as well, beside those of images. */
export type LoginClient = Runtime | 'helm';

/** The command that logs a client in; it asks for the password, which no history then keeps. */
export function loginCommand(client: LoginClient, place: LoginPlace): string {
  const { host, isPlainHttp } = place;
  const user = shellQuote(place.username);
  const plain = (flag: string) => (isPlainHttp ? ` ${flag}` : '');
  switch (client) {
    case 'docker':
      return `docker login -u ${user} ${host}`;
    case 'podman':
    case 'skopeo':
      return `${client} login${plain('--tls-verify=false')} -u ${user} ${host}`;
    case 'nerdctl':
      return `nerdctl${plain('--insecure-registry')} login -u ${user} ${host}`;
    case 'oras':
      return `oras login${plain('--plain-http')} -u ${user} ${host}`;
    case 'helm':
      return `helm registry login${plain('--plain-http')} -u ${user} ${host}`;
    // These two have no login of their own: they are told with each pull.
    case 'ctr':
      return `ctr images pull${plain('--plain-http')} --user ${user} ${host}/PROJECT/REPOSITORY:TAG`;
    case 'crictl':
      return `crictl pull --creds ${user}:PASSWORD ${host}/PROJECT/REPOSITORY:TAG`;
  }
}
