import { z } from 'zod';
import type { Settings } from '../configuration/index.ts';
import type { Egress, EgressRequest } from '../egress/index.ts';
import type { ExternalIdentity } from './external-accounts.ts';
import { parseAnswer } from './peer-answer.ts';

/** An authentication proxy: a login URL, and Kubernetes' TokenReview for what it gives. */
export interface AuthProxy {
  /** The token for a name and a password; undefined when they are wrong. @throws EgressError */
  login(username: string, password: string): Promise<string | undefined>;
  /** Whom a token stands for; undefined for a wrong one. @throws EgressError */
  review(token: string): Promise<ExternalIdentity | undefined>;
}

const sessionAnswer = z.object({ session_id: z.string().min(1).max(16_384) });

const reviewAnswer = z.object({
  status: z.object({
    authenticated: z.boolean().default(false),
    error: z.string().optional(),
    user: z
      .object({
        username: z.string().default(''),
        uid: z.string().default(''),
        groups: z.array(z.string()).nullish(),
      })
      .optional(),
  }),
});

const MAX_GROUPS = 1000;
const MAX_NAME_LENGTH = 255;

export function createAuthProxy(ports: {
  readonly egress: Pick<Egress, 'request'>;
  settings(): Settings;
}): AuthProxy {
  const { egress, settings } = ports;
  return {
    async login(username, password) {
      const credentials = Buffer.from(`${username}:${password}`).toString('base64');
      const answer = await egress.request({
        ...connectionOf(settings()),
        method: 'POST',
        url: settings().http_authproxy_endpoint,
        headers: { accept: 'application/json', authorization: `Basic ${credentials}` },
      });
      if (answer.status !== 200) return undefined;
      return parseAnswer(sessionAnswer, answer.body)?.session_id;
    },
    async review(token) {
      const current = settings();
      const answer = await egress.request({
        ...connectionOf(current),
        method: 'POST',
        url: current.http_authproxy_tokenreview_endpoint,
        headers: {
          accept: 'application/json',
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify({
          apiVersion: 'authentication.k8s.io/v1beta1',
          kind: 'TokenReview',
          metadata: { creationTimestamp: null },
          spec: { token },
        }),
      });
      if (answer.status !== 200 && answer.status !== 201) return undefined;
      const status = parseAnswer(reviewAnswer, answer.body)?.status;
      if (status?.authenticated !== true || (status.error ?? '') !== '') return undefined;
      return identityOf(current, status.user);
    },
  };
}

function connectionOf(settings: Settings): Pick<EgressRequest, 'policy' | 'tls'> {
  const ca = settings.http_authproxy_server_certificate;
  return {
    policy: 'private-allowed',
    tls: { verify: settings.http_authproxy_verify_cert, ...(ca !== '' && { ca }) },
  };
}

function identityOf(
  settings: Settings,
  user: { username: string; uid: string; groups?: string[] | null | undefined } | undefined,
): ExternalIdentity | undefined {
  if (user === undefined || user.username === '') return undefined;
  const groups = [...new Set(user.groups ?? [])]
    .filter((name) => name !== '' && name.length <= MAX_NAME_LENGTH)
    .slice(0, MAX_GROUPS);
  const adminGroups = listed(settings.http_authproxy_admin_groups);
  return {
    source: 'http',
    issuer: settings.http_authproxy_tokenreview_endpoint,
    subject: user.uid === '' ? user.username : user.uid,
    username: user.username,
    email: undefined,
    realname: '',
    groups: groups.map((name) => ({ name })),
    isAdmin:
      listed(settings.http_authproxy_admin_usernames).includes(user.username) ||
      groups.some((name) => adminGroups.includes(name)),
  };
}

function listed(text: string): string[] {
  return text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}
