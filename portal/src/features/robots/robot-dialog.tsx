import { Alert, Button, Group, Modal, Stack, Stepper } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, one } from '../../lib/api.ts';
import { common } from '../../lib/common-messages.ts';
import { useMessages } from '../../lib/messages.ts';
import type { Order } from '../../lib/order.ts';
import { useSubmit } from '../../ui/dialog.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { robotsMessages } from './messages.ts';
import { draftOf, emptyDraft, permissionsOf, type Robot, type RobotDraft } from './robot-draft.ts';
import { type RobotPlace, robotsChanged, updateRobot } from './robot-place.ts';
import { StepFields, stepsOf, useStepFault } from './robot-steps.tsx';
import type { ToldSecret } from './secret-file.ts';

const DEFAULT_DAYS = 30;

interface RobotDialogProps {
  /** With the robot that is edited; without one a new one is made. */
  readonly order: Order<{ readonly robot?: Robot }>;
  readonly place: RobotPlace;
  /** Told of a new robot's secret. */
  onCreated(secret: ToldSecret): void;
}

/** Makes a robot, or changes one, step by step. */
export function RobotDialog({ order, place, onCreated }: RobotDialogProps) {
  const m = useMessages(robotsMessages);
  const words = useMessages(common);
  const robot = order.value?.robot;
  return (
    <Modal
      title={robot === undefined ? m.newRobot : m.editRobot(robot.name)}
      opened={order.isOpen}
      onClose={order.close}
      size="xl"
      closeButtonProps={{ 'aria-label': words.close }}
      closeOnClickOutside={false}
    >
      <RobotForm robot={robot} place={place} onClose={order.close} onCreated={onCreated} />
    </Modal>
  );
}

interface RobotFormProps {
  readonly robot: Robot | undefined;
  readonly place: RobotPlace;
  onClose(): void;
  onCreated(secret: ToldSecret): void;
}

function RobotForm({ robot, place, onClose, onCreated }: RobotFormProps) {
  const m = useMessages(robotsMessages);
  const client = useQueryClient();
  const isNew = robot === undefined;
  const steps = stepsOf(place);
  const [index, setIndex] = useState(0);
  const [draft, setDraft] = useState(() =>
    robot === undefined ? emptyDraft(place.project?.name, DEFAULT_DAYS) : draftOf(robot),
  );
  const step = steps[index] ?? 'basics';
  const isLast = index === steps.length - 1;
  const fault = useStepFault(step, isLast, draft, isNew);
  const { submit, isSending, failure } = useSubmit(async () => {
    if (fault !== undefined) return;
    if (!isLast) {
      setIndex(index + 1);
      return;
    }
    const created = await save(draft, robot, place);
    await robotsChanged(client);
    onClose();
    if (created === undefined) notifyDone(m.saved(draft.name));
    else onCreated(created);
  });
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <Stepper
          active={index}
          size="xs"
          onStepClick={(wanted) => setIndex(Math.min(wanted, index))}
        >
          {steps.map((one) => (
            <Stepper.Step key={one} label={m[one]} />
          ))}
        </Stepper>
        {failure}
        <StepFields
          step={step}
          place={place}
          draft={draft}
          isNew={isNew}
          onChange={(values) => setDraft((before) => ({ ...before, ...values }))}
        />
        {step !== 'basics' && fault !== undefined && (
          <Alert color="yellow" role="status">
            {fault}
          </Alert>
        )}
        <Buttons
          {...{ index, isLast, isNew, isSending, onClose }}
          isIncomplete={fault !== undefined}
          onBack={() => setIndex(index - 1)}
        />
      </Stack>
    </form>
  );
}

interface ButtonsProps {
  readonly index: number;
  readonly isLast: boolean;
  readonly isNew: boolean;
  readonly isSending: boolean;
  readonly isIncomplete: boolean;
  onBack(): void;
  onClose(): void;
}

function Buttons(props: ButtonsProps) {
  const m = useMessages(robotsMessages);
  const words = useMessages(common);
  const { index, isLast, isNew, isSending, isIncomplete, onBack, onClose } = props;
  const last = isNew ? words.create : words.save;
  return (
    <Group justify="space-between">
      <Button variant="default" onClick={onClose}>
        {words.cancel}
      </Button>
      <Group gap="xs">
        {index > 0 && (
          <Button variant="default" onClick={onBack}>
            {words.back}
          </Button>
        )}
        <Button type="submit" loading={isSending} disabled={isIncomplete}>
          {isLast ? last : m.next}
        </Button>
      </Group>
    </Group>
  );
}

/** @returns the secret of a new robot */
async function save(
  draft: RobotDraft,
  robot: Robot | undefined,
  place: RobotPlace,
): Promise<ToldSecret | undefined> {
  const { name, description, duration } = draft;
  const permissions = permissionsOf(draft);
  if (robot !== undefined) {
    await updateRobot(robot, { description, duration, permissions });
    return undefined;
  }
  const level = place.project === undefined ? 'system' : 'project';
  return one(
    api.POST('/api/v2.0/robots', { body: { name, description, duration, level, permissions } }),
  );
}
