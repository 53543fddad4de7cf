import { z } from 'zod';
import { idParam, line, prose, timestamp } from '../api/index.ts';

const MAX_PERMISSIONS = 2000;
const MAX_ACCESS = 500;
const MAX_GLOBS = 100;

const access = z.strictObject({
  resource: line(255),
  action: line(64),
  effect: line(16).optional(),
});

const permission = z.strictObject({
  kind: line(32),
  namespace: line(255),
  access: z.array(access).max(MAX_ACCESS),
  repositories: z.array(line(256)).max(MAX_GLOBS).optional(),
});

const trust = z.strictObject({
  preset: line(64).optional(),
  issuer: line(512),
  audience: line(512).optional(),
  conditions: z.array(z.strictObject({ claim: line(256), pattern: line(256) })).max(16),
});

const description = prose(1024);
const permissions = z.array(permission).max(MAX_PERMISSIONS);
const trusts = z.array(trust);

/** Harbor's RobotCreate, and `trusts`. */
export const robotCreate = z.strictObject({
  name: z.string(),
  description: description.optional(),
  /** Ignored: secrets are generated. */
  secret: z.string().nullish(),
  level: z.string(),
  disable: z.boolean().optional(),
  duration: z.number().optional(),
  permissions: permissions.optional(),
  trusts: trusts.optional(),
});

/** Harbor's Robot: whole ones are sent back, of which much cannot change and is ignored. */
export const robotUpdate = z.strictObject({
  id: z.number().optional(),
  name: z.string().optional(),
  description: description.optional(),
  secret: z.unknown().optional(),
  level: z.string().optional(),
  duration: z.number().nullish(),
  editable: z.unknown().optional(),
  /** Clients written in Go leave out what is false: without this none could be enabled again. */
  disable: z.boolean().default(false),
  expires_at: z.unknown().optional(),
  permissions: permissions.optional(),
  creation_time: z.unknown().optional(),
  update_time: z.unknown().optional(),
  creator_type: z.unknown().optional(),
  creator_ref: z.unknown().optional(),
  last_used_time: z.unknown().optional(),
  last_used_address: z.unknown().optional(),
  trusts: trusts.optional(),
});

/** Harbor's RobotSec, and how long the former secret lives on. */
export const secretRequest = z.strictObject({
  secret: z.string().max(1024).nullish(),
  keep_old_seconds: z.int().optional(),
});

/** Harbor's RobotCreateV1. */
export const robotCreateV1 = z.strictObject({
  name: z.string(),
  description: description.optional(),
  /** Seconds since the Unix epoch; -1 and 0 are never. */
  expires_at: z.int().optional(),
  access: z.array(access).max(MAX_ACCESS),
});

export const robotParams = z.object({ robot_id: idParam });

const shownAccess = z.object({
  resource: z.string(),
  action: z.string(),
  effect: z.enum(['allow', 'deny']).optional(),
});

/** A robot as answered. */
export const robotSchema = z.object({
  id: z.int(),
  name: z.string(),
  description: z.string().optional(),
  level: z.enum(['system', 'project']),
  duration: z.int(),
  editable: z.literal(true),
  disable: z.boolean(),
  expires_at: z.int(),
  permissions: z.array(
    z.object({
      kind: z.enum(['system', 'project']),
      namespace: z.string(),
      access: z.array(shownAccess),
      repositories: z.array(z.string()).optional(),
    }),
  ),
  creator_type: z.enum(['local', 'robot']),
  creator_ref: z.int(),
  creation_time: timestamp,
  update_time: timestamp,
  last_used_time: timestamp.optional(),
  last_used_address: z.string().optional(),
  trusts: z
    .array(
      z.object({
        preset: z.string().optional(),
        issuer: z.string(),
        audience: z.string().optional(),
        conditions: z.array(z.object({ claim: z.string(), pattern: z.string() })),
      }),
    )
    .optional(),
});

/** Harbor's RobotCreated: the only time that the secret is told. */
export const robotCreated = z.object({
  id: z.int(),
  name: z.string(),
  secret: z.string(),
  creation_time: timestamp,
  expires_at: z.int(),
});

export const secretReply = z.object({
  /** Empty when the caller brought its own. */
  secret: z.string(),
  old_secret_expires_at: timestamp.optional(),
});

const catalogueEntry = z.object({ resource: z.string(), action: z.string() });

export const permissionsSchema = z.object({
  system: z.array(catalogueEntry).optional(),
  project: z.array(catalogueEntry),
});
