import { z } from 'zod';
import { enabledSources, type Settings } from '../configuration/index.ts';
import type { Egress, EgressResponse } from '../egress/index.ts';
import { EgressError } from '../egress/index.ts';
import type { CredentialSource } from '../identity/index.ts';
import type { Log } from '../telemetry/index.ts';
import type { ExternalAccounts } from './external-accounts.ts';
import { parseAnswer } from './peer-answer.ts';

export interface UaaSourcePorts {
  readonly egress: Pick<Egress, 'request'>;
  readonly accounts: ExternalAccounts;
  settings(): Settings;
  clientSecret(): string;
  readonly log: Log;
}

const tokenAnswer = z.object({ access_token: z.string().min(1).max(16_384) });

const userinfoAnswer = z
  .object({
    user_id: z.string().min(1).max(255).optional(),
    sub: z.string().min(1).max(255).optional(),
    user_name: z.string().min(1).max(255),
    name: z.string().max(255).optional(),
    email: z.string().max(255).optional(),
  })
  .transform(({ user_id: userId, sub, ...rest }) => ({ ...rest, subject: userId ?? sub }));

/** People of a UAA server (Cloud Foundry), by the password grant (RFC 6749 §4.3). */
export function createUaaSource(ports: UaaSourcePorts): CredentialSource {
  return {
    name: 'uaa',
    async authenticate({ username, password }) {
      const settings = ports.settings();
      if (!enabledSources(settings).includes('uaa')) return 'unknown';
      const person = await findPerson(ports, settings, username, password).catch(
        (error: unknown) => {
          if (!(error instanceof EgressError)) throw error;
          ports.log.warn({ err: error }, 'UAA could not be asked');
          return undefined;
        },
      );
      if (person?.subject === undefined) return 'unknown';
      const user = await ports.accounts.ensure({
        source: 'uaa',
        issuer: settings.uaa_endpoint,
        subject: person.subject,
        username: person.user_name,
        email: person.email,
        realname: person.name ?? '',
        groups: [],
        isAdmin: false,
      });
      return user ?? 'wrong';
    },
  };
}

async function findPerson(
  ports: UaaSourcePorts,
  settings: Settings,
  username: string,
  password: string,
): Promise<z.output<typeof userinfoAnswer> | undefined> {
  const base = settings.uaa_endpoint.replace(/\/+$/, '');
  const common = {
    policy: 'private-allowed',
    tls: { verify: settings.uaa_verify_cert },
  } as const;
  const client = `${encodeURIComponent(settings.uaa_client_id)}:${encodeURIComponent(ports.clientSecret())}`;
  const granted = await ports.egress.request({
    ...common,
    method: 'POST',
    url: `${base}/oauth/token`,
    headers: {
      accept: 'application/json',
      authorization: `Basic ${Buffer.from(client).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams({ grant_type: 'password', username, password }).toString(),
  });
  const token = accept(ports, granted) && parseAnswer(tokenAnswer, granted.body);
  if (!token) return undefined;
  const userinfo = await ports.egress.request({
    ...common,
    method: 'GET',
    url: `${base}/userinfo`,
    headers: { accept: 'application/json', authorization: `Bearer ${token.access_token}` },
  });
  return accept(ports, userinfo) ? parseAnswer(userinfoAnswer, userinfo.body) : undefined;
}

/** A 401 or a 400 is how it says that the password is wrong; anything else is of interest. */
function accept({ log }: UaaSourcePorts, { status }: EgressResponse): boolean {
  if (status !== 200 && status !== 400 && status !== 401) {
    log.warn({ status }, 'UAA answered something else than yes or no');
  }
  return status === 200;
}
