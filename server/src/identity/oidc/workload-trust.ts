import { AppError } from '../../lib/index.ts';
import { type ClaimCondition, MAX_PATTERN_LENGTH } from './claim-condition.ts';
import { findIssuerUrl } from './issuer-url.ts';

/** Whose tokens may act as a robot. All conditions must hold. */
export interface WorkloadTrust {
  /** Equal to the `iss` of the token, character by character. */
  readonly issuer: string;
  /** Must be in the `aud` of the token; the registry's external URL if not given. */
  readonly audience?: string;
  readonly conditions: readonly ClaimCondition[];
}

export interface WorkloadPreset {
  readonly name: 'github-actions' | 'gitlab-ci' | 'kubernetes';
  /** Undefined if every installation has its own. */
  readonly issuer: string | undefined;
  /** Claims to offer, the one that names the owner first, with an example of a pattern. */
  readonly suggestions: readonly ClaimCondition[];
}

export const workloadPresets = [
  {
    name: 'github-actions',
    issuer: 'https://token.actions.githubusercontent.com',
    suggestions: [
      { claim: 'repository', pattern: 'acme/app' },
      { claim: 'ref', pattern: 'refs/heads/main' },
      { claim: 'environment', pattern: 'production' },
      { claim: 'workflow', pattern: 'release' },
    ],
  },
  {
    name: 'gitlab-ci',
    issuer: 'https://gitlab.com',
    suggestions: [
      { claim: 'project_path', pattern: 'acme/app' },
      { claim: 'ref', pattern: 'main' },
      { claim: 'ref_type', pattern: 'branch' },
    ],
  },
  {
    name: 'kubernetes',
    issuer: undefined,
    suggestions: [
      { claim: 'sub', pattern: 'system:serviceaccount:ci:builder' },
      { claim: '/kubernetes.io/namespace', pattern: 'ci' },
    ],
  },
] as const satisfies readonly WorkloadPreset[];

/**
 * Issuers where anybody can get tokens, and the conditions that tie a trust to one owner: the
 * claim must start with the prefix, followed by the owner without a wildcard, up to its end.
 */
const PUBLIC_ISSUERS: Readonly<Record<string, Readonly<Record<string, RegExp>>>> = {
  'https://token.actions.githubusercontent.com': {
    repository: /^[^*/]+\//,
    repository_id: /^[^*]+$/,
    repository_owner: /^[^*]+$/,
    repository_owner_id: /^[^*]+$/,
    sub: /^repo:[^*/:]+\//,
  },
  'https://gitlab.com': {
    project_path: /^[^*/]+\//,
    project_id: /^[^*]+$/,
    namespace_path: /^[^*/]+(?:\/|$)/,
    namespace_id: /^[^*]+$/,
    sub: /^project_path:[^*/:]+\//,
  },
  'https://accounts.google.com': { sub: /^[^*]+$/, email: /^[^*]+$/ },
};

// Checked on their own: a condition on them says nothing about who the workload is.
const REGISTERED_CLAIMS = new Set(['iss', 'aud', 'exp', 'nbf', 'iat', 'jti']);

const MAX_CONDITIONS = 16;
const MAX_URL_LENGTH = 512;

function isLimiting({ claim, pattern }: ClaimCondition): boolean {
  return !REGISTERED_CLAIMS.has(claim) && /[\p{L}\p{N}]/u.test(pattern);
}

function refuse(sentence: string): never {
  throw new AppError('invalid', `workload trust: ${sentence}`);
}

function checkCondition({ claim, pattern }: ClaimCondition): void {
  if (claim === '' || claim.length > MAX_PATTERN_LENGTH) {
    refuse(`the name of a claim has 1 to ${MAX_PATTERN_LENGTH} characters`);
  }
  if (claim.startsWith('/') && /~(?![01])/.test(claim)) {
    refuse('in a JSON pointer ~ is written ~0, and / in a name ~1');
  }
  if (pattern === '' || pattern.length > MAX_PATTERN_LENGTH) {
    refuse(`the pattern of a claim has 1 to ${MAX_PATTERN_LENGTH} characters`);
  }
}

function findPublicIssuer(issuer: string) {
  const name = issuer.toLowerCase().replace(/\/+$/, '');
  return Object.hasOwn(PUBLIC_ISSUERS, name) ? PUBLIC_ISSUERS[name] : undefined;
}

/**
 * Refuses a trust that is malformed or would let a whole issuer in. Throws AppError `invalid` with
 * a sentence for the person who wrote it.
 */
export function checkTrust({ issuer, audience, conditions }: WorkloadTrust): void {
  if (issuer.length > MAX_URL_LENGTH || findIssuerUrl(issuer) === undefined) {
    refuse('the issuer must be an https URL without user, query and fragment');
  }
  if (audience !== undefined && (audience === '' || audience.length > MAX_URL_LENGTH)) {
    refuse(`the audience has 1 to ${MAX_URL_LENGTH} characters`);
  }
  if (conditions.length > MAX_CONDITIONS) refuse(`at most ${MAX_CONDITIONS} conditions`);
  for (const condition of conditions) checkCondition(condition);
  if (!conditions.some(isLimiting)) {
    refuse('at least one condition must say more than * about a claim of the workload');
  }
  const owners = findPublicIssuer(issuer);
  if (owners === undefined) return;
  const names = Object.keys(owners);
  const isOwned = conditions.some(({ claim, pattern }) => {
    return names.includes(claim) && owners[claim]?.test(pattern) === true;
  });
  if (!isOwned) {
    refuse(`anybody gets tokens from ${issuer}; name the owner without * in ${names.join(', ')}`);
  }
}
