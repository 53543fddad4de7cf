import { OciError } from '@berth/oci';

export type ChallengeError = 'invalid_token' | 'insufficient_scope';

/** 401: other credentials, or a token of this scope, could help. */
export class Challenge extends OciError {
  readonly scope: string | undefined;
  readonly reason: ChallengeError | undefined;

  constructor(scope: string | undefined, reason?: ChallengeError) {
    super('UNAUTHORIZED');
    this.scope = scope;
    this.reason = reason;
  }
}

/** Value of WWW-Authenticate (RFC 6750 §3, Docker's token specification). */
export function presentChallenge(challenge: Challenge, realm: string, service: string): string {
  const parts = [`realm="${realm}"`, `service="${service}"`];
  if (challenge.scope !== undefined) parts.push(`scope="${challenge.scope}"`);
  if (challenge.reason !== undefined) parts.push(`error="${challenge.reason}"`);
  return `Bearer ${parts.join(',')}`;
}
