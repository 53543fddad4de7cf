import { useQuery } from '@tanstack/react-query';
import { useMessages } from '../../lib/messages.ts';
import { QueryView } from '../../ui/states.tsx';
import { BasicFields } from './basic-fields.tsx';
import { GrantFields } from './grant-fields.tsx';
import { robotsMessages } from './messages.ts';
import { PermissionMatrix } from './permission-matrix.tsx';
import { SYSTEM_PRESETS } from './permission-set.ts';
import { ProjectGrants } from './project-grants.tsx';
import { findBasicFaults, isEmpty, permissionsOf, type RobotDraft } from './robot-draft.ts';
import { catalogueQuery, type RobotPlace } from './robot-place.ts';

export type Step = 'basics' | 'systemPermissions' | 'projectPermissions';

/** How a robot is made: one of the registry may have system permissions, too. */
export function stepsOf({ project }: RobotPlace): readonly Step[] {
  if (project !== undefined) return ['basics', 'projectPermissions'];
  return ['basics', 'projectPermissions', 'systemPermissions'];
}

/** Why a step cannot be left; undefined when it can. */
export function useStepFault(
  step: Step,
  isLast: boolean,
  draft: RobotDraft,
  isNew: boolean,
): string | undefined {
  const m = useMessages(robotsMessages);
  if (step === 'basics') {
    const { name, description, duration } = findBasicFaults(draft);
    if (isNew && name) return m.nameFault;
    if (description) return m.descriptionTooLong;
    return duration ? m.daysFault : undefined;
  }
  const empty = draft.grants.find(isEmpty);
  if (empty !== undefined && step === 'projectPermissions') {
    return m.emptyGrant(empty.namespace === '*' ? m.allProjects : empty.namespace);
  }
  return isLast && permissionsOf(draft).length === 0 ? m.choosePermissions : undefined;
}

interface StepFieldsProps {
  readonly step: Step;
  readonly place: RobotPlace;
  readonly draft: RobotDraft;
  readonly isNew: boolean;
  onChange(values: Partial<RobotDraft>): void;
}

/** What is chosen in a step. */
export function StepFields({ step, place, draft, isNew, onChange }: StepFieldsProps) {
  const m = useMessages(robotsMessages);
  const query = useQuery(catalogueQuery);
  if (step === 'basics') return <BasicFields value={draft} isNew={isNew} onChange={onChange} />;
  const [grant] = draft.grants;
  return (
    <QueryView query={query}>
      {({ system = [], project }) => {
        if (step === 'systemPermissions') {
          return (
            <PermissionMatrix
              label={m.systemPermissions}
              catalogue={system}
              presets={SYSTEM_PRESETS}
              value={draft.system.allowed}
              onChange={(allowed) => onChange({ system: { ...draft.system, allowed } })}
            />
          );
        }
        if (place.project === undefined || grant === undefined) {
          return (
            <ProjectGrants
              catalogue={project}
              value={draft.grants}
              onChange={(grants) => onChange({ grants })}
            />
          );
        }
        return (
          <GrantFields
            label={m.projectPermissions}
            catalogue={project}
            value={grant}
            onChange={(changed) => onChange({ grants: [changed] })}
          />
        );
      }}
    </QueryView>
  );
}
