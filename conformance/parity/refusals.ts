import type { Operation } from './operation.ts';
import type { Caller } from './recorder.ts';

/** Documented refusals that cannot be had here, with the reason; `operationId status`. */
export const unreachable: ReadonlyMap<string, string> = new Map([
  ['getVolumes 404', 'there always is a volume'],
  ['getPermissions 404', 'the catalogue is always there'],
  ['GetRobotByID 403', 'a robot that one may not read looks like one that is missing'],
  ['UpdateRobot 409', 'its name, which is all that is unique, cannot change'],
  ['searchUserGroups 409', 'a search conflicts with nothing'],
  ['updateProjectMetadata 409', 'a change conflicts with nothing'],
  ['deleteProjectMetadata 409', 'a removal conflicts with nothing'],
  ['removeLabel 409', 'a removal conflicts with nothing'],
  ['createGCSchedule 409', 'a schedule takes the place of the one before'],
  ['listJobQueues 404', 'the list is always there'],
  ['listSchedules 404', 'the list is always there'],
  ['getSchedulePaused 403', 'open to everybody who is logged in'],
  ['getSchedulePaused 404', 'what is asked of others than all is refused with 400'],
  ['CopyArtifact 405', 'there are no proxy cache projects yet (row H8)'],
  ['createTag 405', 'there are no proxy cache projects yet (row H8)'],
]);

export interface RefusalCallers {
  readonly admin: Caller;
  /** Logged in, with rights nowhere. */
  readonly outsider: Caller;
  readonly anonymous: Caller;
  /** A private project. */
  readonly project: string;
  /** Somebody else's id. */
  readonly userId: number;
}

/**
 * Asks for the refusals that every operation has in the same way: 400 for a malformed query, 401
 * for nobody, 403 for somebody without rights, 404 for what is not there.
 */
export async function provoke(
  [method, path]: Operation,
  status: number,
  callers: RefusalCallers,
): Promise<void> {
  const { admin, outsider, anonymous } = callers;
  const body = method === 'GET' || method === 'HEAD' || method === 'DELETE' ? {} : { body: {} };
  const present = fill(path, { project: callers.project, id: String(callers.userId) });
  const absent = fill(path, { project: 'no-such-project', id: '999999' });
  switch (status) {
    case 400:
      await admin(method, `${present}?x=%zz`, body);
      return;
    case 401:
      // Public endpoints refuse only credentials that are wrong.
      await anonymous(method, present, body);
      await anonymous(method, present, { ...body, headers: { authorization: 'Bearer wrong' } });
      return;
    case 403:
      await outsider(method, present, body);
      return;
    default:
      await admin(method, absent, body);
  }
}

function fill(path: string, values: { readonly project: string; readonly id: string }): string {
  return path
    .replaceAll(/\{project_name(?:_or_id)?\}/g, values.project)
    .replaceAll('{meta_name}', 'auto_scan')
    .replaceAll('{digest}', `sha256:${'1'.repeat(64)}`)
    .replaceAll(/\{\w+\}/g, values.id);
}
