import { Box, Group, Input } from '@mantine/core';
import { useId } from '@mantine/hooks';
import { IconCheck } from '@tabler/icons-react';
import { useMessages } from '../../lib/messages.ts';
import { LABEL_COLORS, markColorOn } from './label-colors.ts';
import { labelsMessages } from './messages.ts';

interface ColorChoiceProps {
  readonly value: string;
  onChange(color: string): void;
}

const SIZE = 28;

/** The preset colours as radio buttons; a colour from elsewhere stays as long as none is chosen. */
export function ColorChoice({ value, onChange }: ColorChoiceProps) {
  const m = useMessages(labelsMessages);
  const id = useId();
  return (
    <Input.Wrapper label={m.color} labelElement="div" labelProps={{ id }}>
      <Group role="radiogroup" aria-labelledby={id} gap={6} mt={4} maw={8 * SIZE + 7 * 6}>
        {LABEL_COLORS.map((color) => (
          <Swatch
            key={color}
            color={color}
            group={id}
            isChosen={color.toLowerCase() === value.toLowerCase()}
            onChoose={() => onChange(color)}
          />
        ))}
      </Group>
    </Input.Wrapper>
  );
}

interface SwatchProps {
  readonly color: string;
  /** All of one group have the same name: arrows go from one to the next. */
  readonly group: string;
  readonly isChosen: boolean;
  onChoose(): void;
}

function Swatch({ color, group, isChosen, onChoose }: SwatchProps) {
  return (
    <Box pos="relative" w={SIZE} h={SIZE} c={markColorOn(color)}>
      <input
        type="radio"
        name={group}
        aria-label={color}
        checked={isChosen}
        onChange={onChoose}
        style={{
          appearance: 'none',
          width: SIZE,
          height: SIZE,
          margin: 0,
          borderRadius: 6,
          border: '1px solid var(--mantine-color-dimmed)',
          background: color,
          cursor: 'pointer',
        }}
      />
      {isChosen && (
        <IconCheck
          size={18}
          stroke={3}
          aria-hidden
          style={{ position: 'absolute', inset: (SIZE - 18) / 2, pointerEvents: 'none' }}
        />
      )}
    </Box>
  );
}
