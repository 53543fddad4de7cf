import { z } from 'zod';
import { isTenantId } from '../names.ts';

/** Absent or of another type, in words of the file. */
function typed(expected: string) {
  return {
    error: ({ input }: { readonly input?: unknown }) =>
      input === undefined ? 'is required' : `must be ${expected}`,
  };
}

const text = z.string(typed('text (put it in quotes)'));
/** Required where its section is there; given and empty is as bad as left out. */
const filled = text.refine((value) => value.trim() !== '', 'is required');
const flag = z.boolean(typed('true or false'));
const whole = z.int(typed('a whole number')).min(0, 'must be a whole number, not below 0');

const fileSystem = z.strictObject({ rootDirectory: filled, maxThreads: whole.optional() });

const s3 = z.strictObject({
  bucket: filled,
  region: filled,
  accessKey: text.optional(),
  secretKey: text.optional(),
  regionEndpoint: text.optional(),
  keyID: text.optional(),
  rootDirectory: text.optional(),
  userAgent: text.optional(),
  objectACL: text.optional(),
  encrypt: flag.optional(),
  secure: flag.optional(),
  skipVerify: flag.optional(),
  v4Auth: flag.optional(),
  chunkSize: whole.optional(),
  multipartCopyChunkSize: whole.optional(),
  multipartCopyMaxConcurrency: whole.optional(),
  multipartCopyThresholdSize: whole.optional(),
  storageClass: z
    .enum(['STANDARD', 'REDUCED_REDUNDANCY'], 'must be STANDARD or REDUCED_REDUNDANCY')
    .optional(),
});

const etcd = z.strictObject({
  cafile: filled,
  certfile: filled,
  keyfile: filled,
  endpoints: z.array(filled, typed('a list of addresses')).min(1, 'is required'),
  prefix: text.optional(),
});

const storage = z.strictObject({
  fileSystem: fileSystem.optional(),
  inMemory: z.strictObject({}).optional(),
  s3: s3.optional(),
  etcd: etcd.optional(),
  delete: z.strictObject({ enabled: flag.optional() }).optional(),
  maintenance: z
    .strictObject({ readonly: z.strictObject({ enabled: flag.optional() }).optional() })
    .optional(),
});

const security = z.strictObject({
  tokenPrivateKeyFile: filled.optional(),
  tokenPublicKeyFile: filled.optional(),
  tokenExpiredHours: whole.min(1, 'must be at least 1').optional(),
  httpSecret: text.optional(),
  adminUsername: filled.optional(),
  adminPassword: filled.optional(),
  adminPasswordFile: filled.optional(),
  adminPasswordEnv: filled.optional(),
  enableAnonymous: flag.optional(),
});

const redis = z.strictObject({
  addr: filled,
  password: text.optional(),
  db: whole.optional(),
  readTimeoutMillisecond: whole.optional(),
  dialTimeoutMillisecond: whole.optional(),
  writeTimeoutMillisecond: whole.optional(),
  poolMaxIdle: whole.optional(),
  poolMaxActive: whole.optional(),
  poolIdleTimeoutSeconds: whole.optional(),
});

const LABELS = /^(?!-)[a-z\d-]{1,63}(?<!-)(?:\.(?!-)[a-z\d-]{1,63}(?<!-))*$/;
/** Without the dot that it may begin with. */
const domainSuffix = text
  .transform((value) => value.toLowerCase().replace(/^\./, ''))
  .refine(
    (value) => value === '' || (value.length <= 253 && LABELS.test(value)),
    'must be a domain such as registry.tke.com',
  );

const defaultTenant = filled.refine(
  (value) => value.trim() === '' || isTenantId(value),
  'must be lower case letters and digits with single hyphens between them, without -image- or -chart-',
);

const harborUrl = text
  .refine(
    isBareUrl,
    'must be an http(s) URL without path, query or credentials, such as https://harbor.example.com',
  )
  .transform((value) => value.replace(/\/$/, ''));

const groupName = text.regex(
  /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/,
  'must be of lower case letters and digits, with single ., _ or - between them',
);

/** `tke-registry-config.yaml` as it is written: TKE's fields, and ours (from `harborUrl` on). */
export const fileSchema = z.strictObject({
  apiVersion: z.literal('registry.config.tkestack.io/v1', {
    error: 'must be registry.config.tkestack.io/v1',
  }),
  kind: z.literal('RegistryConfiguration', { error: 'must be RegistryConfiguration' }),
  storage: storage.optional(),
  security: security.optional(),
  redis: redis.optional(),
  defaultTenant,
  domainSuffix: domainSuffix.optional(),
  harborEnabled: flag.optional(),
  harborCAFile: text.optional(),
  harborUrl: harborUrl.optional(),
  harborUsername: filled.optional(),
  harborPassword: filled.optional(),
  harborPasswordFile: filled.optional(),
  harborPasswordEnv: filled.optional(),
  harborInsecureSkipVerify: flag.optional(),
  harborLogin: z
    .enum(['tke', 'harbor', 'anonymous'], 'must be tke, harbor or anonymous')
    .optional(),
  harborAdoptProjects: flag.optional(),
  harborCharts: z
    .enum(['auto', 'oci', 'chartmuseum'], 'must be auto, oci or chartmuseum')
    .optional(),
  harborManifestCacheSeconds: z
    .number(typed('a number of seconds'))
    .min(0, 'must be from 0 to 60 seconds')
    .max(60, 'must be from 0 to 60 seconds')
    .optional(),
  systemChartGroups: z.array(groupName, typed('a list of names')).optional(),
});

/** What is right of a file. */
export const partialSchema = fileSchema.partial();
export type Fields = z.output<typeof partialSchema>;

function isBareUrl(value: string): boolean {
  const url = URL.parse(value);
  return (
    (url?.protocol === 'http:' || url?.protocol === 'https:') &&
    // As written: the parser swallows an empty query and `/.`.
    /^https?:\/\/[^/?#@\\\s]+\/?$/i.test(value)
  );
}
