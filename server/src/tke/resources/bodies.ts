import { z } from 'zod';

// Values of enumerations are texts here: both generations are taken, and a wrong one is refused
// by validation with Kubernetes' cause. Go clients send null for what is empty.
const text = z.string().nullish();
const texts = z.array(z.string()).nullish();
const flag = z.boolean().nullish();
const count = z.int().nullish();

const conditions = {
  phase: text,
  lastTransitionTime: text,
  reason: text,
  message: text,
  locked: flag,
};

export const namespaceBody = z.object({
  spec: z
    .object({
      name: text,
      tenantID: text,
      displayName: text,
      visibility: text,
      type: text,
      /** Another name of `type`. */
      repoType: text,
      projects: texts,
      finalizers: texts,
    })
    .nullish(),
  status: z.object({ ...conditions, repoCount: count }).nullish(),
});

const tag = z.object({ name: z.string(), digest: z.string(), timeCreated: text });

export const repositoryBody = z.object({
  spec: z
    .object({
      name: text,
      tenantID: text,
      namespaceName: text,
      displayName: text,
      visibility: text,
      finalizers: texts,
    })
    .nullish(),
  status: z.object({ ...conditions, pullCount: count, tags: z.array(tag).nullish() }).nullish(),
});

export const chartGroupBody = z.object({
  spec: z
    .object({
      name: text,
      tenantID: text,
      displayName: text,
      visibility: text,
      type: text,
      description: text,
      projects: texts,
      users: texts,
      finalizers: texts,
      importedInfo: z.object({ addr: text, username: text, password: text }).nullish(),
      creator: text,
    })
    .nullish(),
  status: z.object({ ...conditions, chartCount: count }).nullish(),
});

const chartVersion = z.object({
  version: text,
  chartSize: z.int().nullish(),
  timeCreated: text,
  description: text,
  appVersion: text,
  icon: text,
});

export const chartBody = z.object({
  spec: z
    .object({
      name: text,
      tenantID: text,
      chartGroupName: text,
      displayName: text,
      visibility: text,
      finalizers: texts,
    })
    .nullish(),
  status: z
    .object({ ...conditions, pullCount: count, versions: z.array(chartVersion).nullish() })
    .nullish(),
});

export const configMapBody = z.object({
  data: z.record(z.string(), z.string()).nullish(),
  binaryData: z.record(z.string(), z.string()).nullish(),
});

export const memberBody = z.object({
  spec: z
    .object({
      tenantID: text,
      username: text,
      role: text,
      projects: z.array(z.object({ name: z.string(), role: text })).nullish(),
    })
    .nullish(),
});

/** Without what is null, undefined or `''`-less: Go's omitempty, as far as types can tell. */
export function present<T extends object>(
  value: T,
): { [K in keyof T]: Exclude<T[K], null | undefined> } {
  const entries = Object.entries(value).filter(([, item]) => item !== null && item !== undefined);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- TypeScript forgets the keys
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], null | undefined> };
}
