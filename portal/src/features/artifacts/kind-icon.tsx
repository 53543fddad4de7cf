import { IconFileCode, IconStack3 } from '@tabler/icons-react';
import { useMessages } from '../../lib/messages.ts';
import { ARTIFACT_ICONS } from '../../ui/artifact-type.tsx';
import { isIndex, type Kind } from './artifact-kind.ts';
import { artifactMessages } from './messages.ts';

/** A picture of what an artifact is; its name stands beside it. */
export function KindIcon({ kind, size = 24 }: { kind: Kind; size?: number }) {
  const Icon = isIndex(kind) ? IconStack3 : (ARTIFACT_ICONS[kind.type] ?? IconFileCode);
  return <Icon size={size} aria-hidden style={{ flexShrink: 0 }} />;
}

/** What an artifact is, in a word; types of vendors are shown as they are. */
export function useKindName(kind: Kind): string {
  const m = useMessages(artifactMessages);
  const names: Readonly<Record<string, string>> = {
    IMAGE: isIndex(kind) ? m.typeIndex : m.typeImage,
    CHART: m.typeChart,
    CNAB: m.typeCnab,
    WASM: m.typeWasm,
    SBOM: m.sbomHarbor,
    CNAI: m.typeModel,
    UNKNOWN: m.typeUnknown,
  };
  return names[kind.type] ?? kind.type;
}
