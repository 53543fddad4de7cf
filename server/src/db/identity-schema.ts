import type { Generated, GeneratedAlways } from 'kysely';
import type { JsonColumn, Timestamp } from './columns.ts';

export interface AppUserTable {
  id: GeneratedAlways<number>;
  username: string;
  password_hash: string | null;
  is_admin: Generated<boolean>;
  token_epoch: Generated<number>;
  created_at: Timestamp;
  updated_at: Timestamp;
  email: string | null;
  realname: Generated<string>;
  comment: Generated<string>;
  is_admin_by_source: Generated<boolean>;
  deleted_at: Date | null;
  must_change_password: Generated<boolean>;
}

export interface UserIdentityTable {
  id: GeneratedAlways<number>;
  user_id: number;
  source: 'ldap' | 'oidc' | 'http' | 'uaa';
  issuer: string;
  subject: string;
  cli_secret: string | null;
  refresh_token: string | null;
  created_at: Timestamp;
  updated_at: Timestamp;
  checked_at: Date | null;
  check_started_at: Date | null;
}

export interface UserGroupTable {
  id: GeneratedAlways<number>;
  name: string;
  type: number;
  ldap_dn: Generated<string>;
  created_at: Timestamp;
  updated_at: Timestamp;
}

export interface UserGroupUserTable {
  group_id: number;
  user_id: number;
}

export interface ProjectMemberTable {
  project_id: number;
  user_id: number | null;
  role_id: number;
  id: GeneratedAlways<number>;
  group_id: number | null;
  created_at: Timestamp;
  updated_at: Timestamp;
}

export interface RobotTable {
  id: GeneratedAlways<number>;
  project_id: number | null;
  name: string;
  description: Generated<string>;
  duration: number;
  expires_at: Date | null;
  is_disabled: Generated<boolean>;
  token_epoch: Generated<number>;
  creator_kind: Generated<'user' | 'robot'>;
  creator_id: number;
  last_used_at: Date | null;
  last_used_address: string | null;
  created_at: Timestamp;
  updated_at: Timestamp;
}

export interface RobotSecretTable {
  id: GeneratedAlways<number>;
  robot_id: number;
  digest: string;
  created_at: Timestamp;
  expires_at: Date | null;
}

export interface RobotAccess {
  readonly resource: string;
  readonly action: string;
  readonly effect?: 'allow' | 'deny' | undefined;
}

export interface RobotPermissionTable {
  id: GeneratedAlways<number>;
  robot_id: number;
  scope: 'system' | 'project' | 'all-projects';
  project_id: number | null;
  access: JsonColumn<readonly RobotAccess[]>;
  repositories: JsonColumn<readonly string[]>;
}

export interface RobotTrustTable {
  id: GeneratedAlways<number>;
  robot_id: number;
  preset: string | null;
  issuer: string;
  audience: string | null;
  conditions: JsonColumn<readonly { readonly claim: string; readonly pattern: string }[]>;
  created_at: Timestamp;
}

export interface SessionTable {
  id: string;
  secret_hash: Buffer;
  user_id: number;
  user_epoch: number;
  source: string;
  address: string;
  user_agent: Generated<string>;
  id_token: string | null;
  created_at: Timestamp;
  used_at: Timestamp;
  expires_at: Date;
}

export interface PersonalTokenTable {
  id: GeneratedAlways<number>;
  user_id: number;
  name: string;
  digest: string;
  scopes: JsonColumn<readonly string[]>;
  project_ids: JsonColumn<readonly number[] | null>;
  expires_at: Date | null;
  last_used_at: Date | null;
  last_used_address: string | null;
  created_at: Timestamp;
  is_disabled: Generated<boolean>;
  description: Generated<string>;
  tenant: string | null;
}

export interface LoginFailureTable {
  key: string;
  failures: number;
  updated_at: Date;
}

export interface OidcOnboardingTable {
  secret_hash: Buffer;
  identity: string;
  expires_at: Date;
}
