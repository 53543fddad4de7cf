import { z } from 'zod';
import type { LoginFlow } from '../identity/oidc/index.ts';
import { AppError } from '../lib/index.ts';
import { type SecretBox, SecretBoxError } from '../secrets/index.ts';

/** A login at the provider that a browser is in the middle of. */
export interface PendingFlow {
  readonly flow: LoginFlow;
  /** A local path to go to in the end. */
  readonly redirectPath: string;
}

/** Keeps flows in the browsers themselves: sealed, so that nobody reads or makes one up. */
export interface FlowKeeper {
  /** The value of a cookie. */
  seal(pending: PendingFlow): string;
  /** @throws AppError invalid for none, a foreign or an old one */
  open(value: string | undefined): PendingFlow;
}

export const FLOW_SECONDS = 600;
const CONTEXT = 'oidc_flow';

const stored = z.object({
  flow: z.object({ state: z.string(), nonce: z.string(), codeVerifier: z.string() }),
  redirectPath: z.string(),
  endsAt: z.number(),
});

export function createFlowKeeper(ports: {
  readonly secrets: Pick<SecretBox, 'seal' | 'open'>;
  /** Milliseconds since the Unix epoch. */
  now(): number;
}): FlowKeeper {
  const { secrets, now } = ports;
  return {
    seal(pending) {
      const endsAt = now() + FLOW_SECONDS * 1000;
      return secrets.seal(JSON.stringify({ ...pending, endsAt }), CONTEXT);
    },
    open(value) {
      const found = value === undefined ? undefined : stored.parse(parse(secrets, value));
      if (found === undefined || now() >= found.endsAt) throw noFlow();
      return found;
    },
  };
}

function parse(secrets: Pick<SecretBox, 'open'>, value: string): unknown {
  try {
    return JSON.parse(secrets.open(value, CONTEXT));
  } catch (error) {
    if (error instanceof SecretBoxError) throw noFlow();
    throw error;
  }
}

function noFlow(): AppError {
  return new AppError('invalid', 'this browser has no login under way, or began it too long ago');
}
