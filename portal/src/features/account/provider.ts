import { basePath } from '../../lib/base.ts';
import { useMessages } from '../../lib/messages.ts';
import { useSystemInfo } from '../../lib/session.ts';
import { accountMessages } from './messages.ts';

/** The OIDC provider that people can sign in with, if there is one. */
export interface Provider {
  readonly name: string;
  /** It comes first: few have an account of the registry itself. */
  readonly isMain: boolean;
  /** Nobody is asked whether they want to go there. */
  readonly isOnly: boolean;
}

export function useProvider(): Provider | undefined {
  const m = useMessages(accountMessages);
  const info = useSystemInfo();
  const { oidc_provider_name: name, auth_mode: mode, primary_auth_mode: isPrimary } = info;
  const isMain = mode === 'oidc_auth';
  if (name === undefined && !isMain) return undefined;
  return {
    name: name === undefined || name === '' ? m.provider : name,
    isMain,
    isOnly: isMain && isPrimary === true,
  };
}

/** Where the browser has to go for it; it comes back to a path of the portal. */
export function providerUrl(returnPath: string): string {
  const query = new URLSearchParams({ redirect_url: returnPath });
  return `${basePath}/c/oidc/login?${query.toString()}`;
}
