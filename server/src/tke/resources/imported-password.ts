import { type SecretBox, SecretBoxError } from '../../secrets/index.ts';
import type { ChartGroup, ImportedInfo } from './types.ts';

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Sealed for one group and one address, it opens for no other: it is sent nowhere else. */
function contextOf({ spec }: ChartGroup): string {
  return `chart_group:${spec.tenantID}/${spec.name}:password:${spec.importedInfo?.addr ?? ''}`;
}

/**
 * Seals a new password, and keeps the old one of the same address when none or the sealed one
 * comes. What is neither sealed nor base64 is left for validation to refuse.
 */
export function sealPassword(
  group: ChartGroup,
  old: ImportedInfo | undefined,
  box: SecretBox,
): ChartGroup {
  const info = group.spec.importedInfo;
  if (info === undefined) return group;
  const sent = info.password;
  if (sent === undefined) {
    if (old?.password === undefined || old.addr !== info.addr) return group;
    return withPassword(group, info, old.password);
  }
  if (sent === '') {
    const { password: _, ...rest } = info;
    return { ...group, spec: { ...group.spec, importedInfo: rest } };
  }
  if (!BASE64.test(sent)) return group;
  return withPassword(group, info, box.seal(sent, contextOf(group)));
}

/** Whether what is to be stored is sealed, for this group and address. */
export function hasSoundPassword(group: ChartGroup, box: SecretBox): boolean {
  return group.spec.importedInfo?.password === undefined || findPassword(group, box) !== undefined;
}

/** In plain. Undefined: there is none, or it was not sealed here. */
export function findPassword(group: ChartGroup, box: SecretBox): string | undefined {
  const sealed = group.spec.importedInfo?.password;
  if (sealed === undefined) return undefined;
  try {
    return Buffer.from(box.open(sealed, contextOf(group)), 'base64').toString();
  } catch (error) {
    if (error instanceof SecretBoxError) return undefined;
    throw error;
  }
}

/** Sealed with the present key, when it was with a former one. */
export function resealPassword(group: ChartGroup, box: SecretBox): ChartGroup {
  const info = group.spec.importedInfo;
  if (info?.password === undefined) return group;
  if (BASE64.test(info.password)) return sealPassword(group, undefined, box);
  if (findPassword(group, box) === undefined || !box.needsReseal(info.password)) return group;
  const plain = box.open(info.password, contextOf(group));
  return withPassword(group, info, box.seal(plain, contextOf(group)));
}

/** As callers see it. */
export function withoutPassword(group: ChartGroup): ChartGroup {
  const info = group.spec.importedInfo;
  if (info?.password === undefined) return group;
  const { password: _, ...rest } = info;
  return { ...group, spec: { ...group.spec, importedInfo: rest } };
}

function withPassword(group: ChartGroup, info: ImportedInfo, password: string): ChartGroup {
  return { ...group, spec: { ...group.spec, importedInfo: { ...info, password } } };
}
