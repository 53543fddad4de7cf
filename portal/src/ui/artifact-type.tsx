import { Group, ThemeIcon, Tooltip } from '@mantine/core';
import {
  IconAnchor,
  IconBox,
  IconBrain,
  IconCube,
  IconFileCode,
  IconListDetails,
  IconStack2,
} from '@tabler/icons-react';
import { defineMessages, useMessages } from '../lib/messages.ts';

const words = defineMessages(
  { IMAGE: 'Image', CHART: 'Helm chart', CNAI: 'AI model', MODEL: 'Model', UNKNOWN: 'Other' },
  {
    'zh-CN': {
      IMAGE: '镜像',
      CHART: 'Helm Chart',
      CNAI: 'AI 模型',
      MODEL: '模型',
      UNKNOWN: '其他',
    },
  },
);

/** What stands for the kind of an artifact. */
export const ARTIFACT_ICONS: Readonly<Record<string, typeof IconBox>> = {
  IMAGE: IconStack2,
  CHART: IconAnchor,
  CNAB: IconBox,
  WASM: IconCube,
  SBOM: IconListDetails,
  CNAI: IconBrain,
  MODEL: IconBrain,
};

/** What the kind of an artifact, such as `IMAGE`, is called; strange ones by their own name. */
export function useArtifactTypeName(): (type: string) => string {
  const m: Readonly<Record<string, string>> = useMessages(words);
  return (type) => m[type] ?? type;
}

/** The kind of an artifact: a sign whose name is shown beside it, or when it is pointed at. */
export function ArtifactType({ type, isNamed = false }: { type: string; isNamed?: boolean }) {
  const name = useArtifactTypeName()(type);
  const Icon = ARTIFACT_ICONS[type] ?? IconFileCode;
  if (isNamed) {
    return (
      <Group gap={6} wrap="nowrap" component="span">
        <Icon size={16} aria-hidden />
        {name}
      </Group>
    );
  }
  return (
    <Tooltip label={name}>
      <ThemeIcon variant="transparent" color="gray" size="sm" role="img" aria-label={name}>
        <Icon size={16} aria-hidden />
      </ThemeIcon>
    </Tooltip>
  );
}
