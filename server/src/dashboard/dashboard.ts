/** Bytes; a hard limit of -1 is none. */
export interface QuotaState {
  readonly used: number;
  readonly hard: number;
}

/** A project that the caller is a member of. */
export interface MemberProject extends QuotaState {
  readonly id: number;
  readonly name: string;
  readonly isPublic: boolean;
  /** All that the caller has, by itself and through groups. */
  readonly roleIds: readonly number[];
  readonly repositoryCount: number;
  /** Of its last push. */
  readonly pushedAt: Date | null;
}

export interface RecentPush {
  readonly projectId: number;
  readonly projectName: string;
  /** With the project's name. */
  readonly repositoryName: string;
  readonly digest: string;
  readonly type: string;
  /** The last ones of it. */
  readonly tags: readonly string[];
  readonly size: number;
  readonly pushedAt: Date;
}

export interface FullQuota extends QuotaState {
  readonly projectId: number;
  readonly projectName: string;
}

export interface ExpiringRobot {
  readonly id: number;
  /** Without prefix and project. */
  readonly name: string;
  /** Both null for a robot of the system. */
  readonly projectId: number | null;
  readonly projectName: string | null;
  readonly expiresAt: Date;
}

/** What failed of one kind of work. */
export interface FailedJobs {
  readonly vendorType: string;
  /** The last one. */
  readonly executionId: number;
  readonly failedAt: Date;
  readonly count: number;
}

export interface StalledQueue {
  readonly vendorType: string;
  readonly latencySeconds: number;
}

export interface SickComponent {
  readonly name: string;
  readonly error: string;
}

/** What wants somebody's attention. */
export interface Alerts {
  readonly health: readonly SickComponent[];
  readonly stalledQueues: readonly StalledQueue[];
  readonly failedJobs: readonly FailedJobs[];
  readonly fullQuotas: readonly FullQuota[];
  readonly expiringRobots: readonly ExpiringRobot[];
}

export interface Dashboard {
  readonly projects: readonly MemberProject[];
  readonly recentPushes: readonly RecentPush[];
  readonly alerts: Alerts;
}
