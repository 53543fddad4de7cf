import type { Principal, RobotPrincipal } from '../access/index.ts';
import type { IdentityService } from './identity.service.ts';

/** Who a token was issued to: an id, and the epoch in which it was true. */
export interface Subject {
  readonly kind: 'user' | 'robot';
  readonly id: number;
  readonly epoch: number;
  /** The personal token that was shown, which may be revoked alone. */
  readonly personalTokenId?: number | undefined;
}

/** Robots as tokens need them; the robots module provides it. */
export interface RobotDirectory {
  /** From memory; undefined tells nothing. */
  peek(id: number, epoch: number): RobotPrincipal | undefined;
  find(id: number, epoch: number): Promise<RobotPrincipal | undefined>;
  /** @throws AppError not-found */
  getEpoch(id: number): Promise<number>;
}

/** Whether a personal token is still there; from memory when it can be told. */
export interface PersonalTokenDirectory {
  peekLive(id: number): boolean | undefined;
  isLive(id: number): Promise<boolean>;
}

/** Turns the subject of a token back into a principal, unless something ended it. */
export interface Principals {
  /** Without waiting; undefined tells nothing. */
  peek(subject: Subject): Principal | undefined;
  find(subject: Subject): Promise<Principal | undefined>;
  /** What to write into a token. @throws AppError not-found */
  subjectOf(principal: Principal): Promise<Subject | undefined>;
}

export interface PrincipalsPorts {
  readonly identity: Pick<IdentityService, 'peekUser' | 'findUser' | 'getEpoch'>;
  readonly robots: RobotDirectory;
  readonly personalTokens: PersonalTokenDirectory;
}

export function createPrincipals(ports: PrincipalsPorts): Principals {
  const { identity, robots, personalTokens } = ports;
  return {
    peek({ kind, id, epoch, personalTokenId }) {
      if (personalTokenId !== undefined && personalTokens.peekLive(personalTokenId) !== true) {
        return undefined;
      }
      return kind === 'user' ? identity.peekUser(id, epoch) : robots.peek(id, epoch);
    },
    async find({ kind, id, epoch, personalTokenId }) {
      if (personalTokenId !== undefined && !(await personalTokens.isLive(personalTokenId))) {
        return undefined;
      }
      return kind === 'user' ? identity.findUser(id, epoch) : robots.find(id, epoch);
    },
    async subjectOf(principal) {
      if (principal.kind === 'anonymous') return undefined;
      const { kind, id } = principal;
      if (kind === 'robot') return { kind, id, epoch: await robots.getEpoch(id) };
      const personalTokenId = principal.limits?.tokenId;
      const epoch = await identity.getEpoch(id);
      return { kind, id, epoch, ...(personalTokenId !== undefined && { personalTokenId }) };
    },
  };
}
