import { z } from 'zod';
import { parseBasic } from '../../identity/index.ts';
import { AppError } from '../../lib/index.ts';
import { type HarborApi, parseJson } from '../providers/harbor/harbor-api.ts';
import type { ChartGroup } from '../resources/types.ts';
import type { ChartAction, Gatekeeper, Shown } from '../rights/gatekeeper.ts';

export interface ChartAdmission {
  /** `anonymous` for nobody. */
  readonly username: string;
  /** Showed no credentials, so that some might help. */
  readonly isStranger: boolean;
  readonly isAllowed: boolean;
}

/** Says who may do what with a group's charts, by Basic credentials or none, as Helm sends them. */
export interface ChartDoor {
  /** @throws AppError unauthenticated for wrong credentials */
  admit(
    shown: Shown,
    group: ChartGroup,
    /** The group, as the back end names it. */
    project: string,
    action: ChartAction,
  ): Promise<ChartAdmission>;
}

/** Callers are ours, and so are their rights. */
export function createOwnDoor(gatekeeper: Pick<Gatekeeper, 'openBasic' | 'canChart'>): ChartDoor {
  return {
    async admit(shown, group, _project, action) {
      const caller = await gatekeeper.openBasic(shown, group.spec.tenantID);
      return {
        username: caller.username,
        isStranger: caller.principal.kind === 'anonymous',
        isAllowed: gatekeeper.canChart(caller, group, action),
      };
    },
  };
}

const READ: ReadonlySet<ChartAction> = new Set(['index', 'download']);
const CHANGE: ReadonlySet<ChartAction> = new Set(['upload', 'delete']);

/** By Harbor's roles: project admin, developer, guest, maintainer, limited guest. */
const allowedTo: Readonly<Record<number, ReadonlySet<ChartAction>>> = {
  1: new Set([...READ, ...CHANGE]),
  2: new Set([...READ, 'upload']),
  3: READ,
  4: new Set([...READ, ...CHANGE]),
  5: READ,
};

const projectJson = z.looseObject({
  current_user_role_id: z.number().nullish(),
  current_user_role_ids: z.number().array().nullish(),
});

/** Callers have accounts at an existing Harbor, which is asked what they may do (phase 1). */
export function createHarborDoor(harbor: Pick<HarborApi, 'send'>): ChartDoor {
  return {
    async admit({ authorization }, group, project, action) {
      const { visibility, type } = group.spec;
      const isMirrored = type === 'Imported' && CHANGE.has(action);
      if (authorization === undefined) {
        const isOpen = visibility === 'Public' || type === 'System';
        const isAllowed = isOpen && READ.has(action);
        return { username: 'anonymous', isStranger: true, isAllowed };
      }
      const username = parseBasic(authorization)?.username;
      if (username === undefined) throw wrongCredentials();
      const roles = await listRoles(harbor, authorization, project);
      const isAllowed = !isMirrored && roles.some((role) => allowedTo[role]?.has(action));
      return { username, isStranger: false, isAllowed };
    },
  };
}

/** What Harbor shows of a public project to those without a role in it. */
const EVERYBODY = 3;

/** @throws AppError unauthenticated; ProviderError */
async function listRoles(
  harbor: Pick<HarborApi, 'send'>,
  authorization: string,
  project: string,
): Promise<readonly number[]> {
  const { status, body } = await harbor.send({
    method: 'GET',
    path: `/api/v2.0/projects/${encodeURIComponent(project)}`,
    // Theirs in place of the service account's.
    headers: { authorization, 'x-is-resource-name': 'true' },
    expected: [401, 403, 404],
  });
  if (status === 401) throw wrongCredentials();
  if (status >= 400) return [];
  const { current_user_role_id: id, current_user_role_ids: ids } = parseJson(projectJson, body);
  return [EVERYBODY, ...(id === undefined || id === null ? [] : [id]), ...(ids ?? [])];
}

function wrongCredentials(): AppError {
  return new AppError('unauthenticated', 'the user name or the password is wrong');
}
