import type { RobotPermission, RobotPrincipal } from '../access/index.ts';
import { isPassword } from '../identity/index.ts';
import { AppError, generatePassword } from '../lib/index.ts';

/** A permission as the API shows it: `/` for the system, `*` for all projects, or one's name. */
export interface RobotGrant extends RobotPermission {
  readonly namespace: string;
}

/** An OIDC issuer whose tokens a robot takes in place of a secret, if all conditions hold. */
export interface RobotTrust {
  readonly preset?: string;
  readonly issuer: string;
  readonly audience?: string;
  readonly conditions: readonly { readonly claim: string; readonly pattern: string }[];
}

/** A machine account. */
export interface Robot {
  readonly id: number;
  /** Undefined for a robot of the system. */
  readonly projectId: number | undefined;
  readonly projectName: string | undefined;
  /** Without prefix and project. */
  readonly name: string;
  readonly description: string;
  /** Days from the creation on; -1 is for ever. */
  readonly duration: number;
  /** Undefined for ever, and for what is too far away to be a date. */
  readonly expiresAt: Date | undefined;
  readonly isDisabled: boolean;
  readonly tokenEpoch: number;
  readonly creator: { readonly kind: 'user' | 'robot'; readonly id: number };
  readonly lastUsedAt: Date | undefined;
  readonly lastUsedAddress: string | undefined;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly permissions: readonly RobotGrant[];
  readonly trusts: readonly RobotTrust[];
}

export interface RobotSecret {
  readonly digest: string;
  readonly expiresAt: Date | undefined;
}

/** A robot with what its logins are checked against. */
export interface RobotAccount extends Robot {
  readonly secrets: readonly RobotSecret[];
}

/** Keyed digests of secrets, which tell nothing without the key of the installation. */
export interface RobotSecretBox {
  digest(secret: string, context: string): string;
  matches(secret: string, digest: string, context: string): boolean;
}

/** Binds a digest to its robot: copied to another row it matches nothing. */
export function secretContext(robotId: number): string {
  return `robot:${robotId}`;
}

/** What a robot is called everywhere outside: `robot$ci`, `robot$team+ci`. */
export function fullName(
  prefix: string,
  { projectName, name }: Pick<Robot, 'projectName' | 'name'>,
): string {
  return prefix + (projectName === undefined ? name : `${projectName}+${name}`);
}

const NAME = /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/;
const MAX_NAME_LENGTH = 255;

/** Also the rule for names of projects. */
export function isName(text: string): boolean {
  return text.length <= MAX_NAME_LENGTH && NAME.test(text);
}

/** Harbor's word for what a robot is of. */
export function levelOf({ projectId }: Pick<Robot, 'projectId'>): 'system' | 'project' {
  return projectId === undefined ? 'system' : 'project';
}

/** Gives the name back. @throws AppError invalid */
export function checkName(name: string): string {
  if (isName(name)) return name;
  throw new AppError(
    'invalid',
    'robot name is not in lower case or contains illegal characters, or is longer than 255',
  );
}

/** @throws AppError invalid */
export function checkLevel(level: string): void {
  if (level === 'system' || level === 'project') return;
  throw new AppError('invalid', 'bad request error level input: it is system or project');
}

/** Whether the robot may act at all at `now`. */
export function isLive({ isDisabled, expiresAt }: Robot, now: Date): boolean {
  return !isDisabled && (expiresAt === undefined || expiresAt > now);
}

export function principalOf(robot: Robot, prefix: string): RobotPrincipal {
  return {
    kind: 'robot',
    id: robot.id,
    username: fullName(prefix, robot),
    projectId: robot.projectId,
    permissions: robot.permissions,
  };
}

const FOREVER = -1;
const MAX_DURATION = 2 ** 31 - 1;
const DAY_MS = 86_400_000;
/** Beyond it neither Date nor PostgreSQL can follow. */
const MAX_DATED_DAYS = 3_650_000;

/** @throws AppError invalid */
export function checkDuration(days: number): void {
  if (days === FOREVER || (Number.isInteger(days) && days > 0 && days <= MAX_DURATION)) return;
  throw new AppError(
    'invalid',
    `bad request error duration input: ${days}, duration must be either -1(Never) or a positive integer`,
  );
}

/** When a robot of that duration ends; undefined is never. */
export function expiryOf(createdAt: Date, days: number): Date | undefined {
  if (days === FOREVER || days > MAX_DATED_DAYS) return undefined;
  return new Date(createdAt.getTime() + days * DAY_MS);
}

/** Seconds since the Unix epoch, or -1 for ever, as Harbor tells the expiry. */
export function expirySeconds({
  createdAt,
  duration,
  expiresAt,
}: Pick<Robot, 'createdAt' | 'duration' | 'expiresAt'>): number {
  if (expiresAt !== undefined) return Math.floor(expiresAt.getTime() / 1000);
  if (duration === FOREVER) return FOREVER;
  return Math.floor(createdAt.getTime() / 1000) + duration * (DAY_MS / 1000);
}

const SECRET_LENGTH = 32;

/** A random secret that meets the rule for passwords. */
export function generateSecret(): string {
  return generatePassword(SECRET_LENGTH);
}

/** @throws AppError invalid: Harbor's rule for passwords and secrets */
export function checkSecret(secret: string): void {
  if (isPassword(secret)) return;
  throw new AppError(
    'invalid',
    'the secret must be 8-128, inclusively, characters long with at least 1 uppercase letter, 1 lowercase letter and 1 number',
  );
}
