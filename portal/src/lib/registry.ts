import { pageHost } from './base.ts';
import { useSystemInfo } from './session.ts';

export interface RegistryPlace {
  /** Host and port, as clients write them before a repository's name. */
  readonly host: string;
  /** Without TLS: most clients have to be told. */
  readonly isPlainHttp: boolean;
}

/** Where clients reach the registry. */
export function useRegistry(): RegistryPlace {
  const { registry_url: host, external_url: url } = useSystemInfo();
  return {
    host: host === undefined || host === '' ? pageHost : host,
    isPlainHttp: (url ?? window.location.href).startsWith('http:'),
  };
}
