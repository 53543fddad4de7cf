import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { z } from 'zod';
import { ConfigError } from './config.errors.ts';
import { type RawSettings, settings } from './settings.ts';

/** A whole number, from YAML as it is or from the environment in digits. */
const whole = (minimum: number, maximum: number, message: string) =>
  z
    .union(
      [
        z.number(),
        z
          .string()
          .regex(/^\d{1,15}$/)
          .transform(Number),
      ],
      message,
    )
    .refine(
      (value) => Number.isSafeInteger(value) && value >= minimum && value <= maximum,
      message,
    );

const port = whole(0, 65_535, 'must be a port number from 0 to 65535');

/** A path below which the registry is, but for `/v2`; none that it answers at itself. */
const BASE_PATH = /^(?!\/(?:api|c|service|v2)(?:\/|$))(?:\/[\w~-][\w.~-]*)*\/?$/;

const httpUrl = z.string().refine((text) => {
  const url = URL.parse(text);
  return (
    (url?.protocol === 'http:' || url?.protocol === 'https:') &&
    BASE_PATH.test(url.pathname) &&
    url.search === '' &&
    url.username === ''
  );
}, 'must be an http(s) URL without query or credentials, such as https://registry.example.com or https://example.com/berth');

/** A list, from YAML as it is or from the environment separated by commas. */
const list = (item: z.ZodType<string, string>) =>
  z
    .union([
      z.array(z.string()),
      z.string().transform((text) => text.split(',').map((part) => part.trim())),
    ])
    .pipe(z.array(item));

const cidr = z.string().refine((text) => {
  const [address = '', prefix, ...rest] = text.split('/');
  const bits = isIP(address) === 6 ? 128 : 32;
  const isPrefix = prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits);
  return isIP(address) !== 0 && rest.length === 0 && isPrefix;
}, 'must be addresses or ranges such as 10.0.0.0/8, separated by commas');

const flag = z.union(
  [z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')],
  'must be true or false',
);

const secretKey = z
  .string()
  .regex(
    /^(?:[\da-fA-F]{64}|[\w+/-]{43}=?)$/,
    'must be 32 random bytes in base64 or hex: openssl rand -base64 32',
  );

const seconds = (minimum: number) =>
  whole(minimum, 10 ** 9, `must be a whole number of seconds, at least ${minimum}`);

const configSchema = z.strictObject({
  dataDir: z.string().min(1).default('./data'),
  http: z.strictObject({
    host: z.string().min(1).default('127.0.0.1'),
    port: port.default(8080),
    externalUrl: httpUrl.optional(),
    /** A body or a download that moves less than 1 KiB/s over this time is cut. */
    stallSeconds: seconds(1).default(60),
    /** How long a stop waits for requests in flight. */
    drainSeconds: seconds(0).default(30),
  }),
  adminPassword: z
    .string()
    .refine(
      (text) => Buffer.byteLength(text) >= 8 && Buffer.byteLength(text) <= 128,
      'must have 8 to 128 bytes',
    )
    .refine((text) => text !== 'Harbor12345', 'is known to everybody; choose another one')
    .optional(),
  databaseUrl: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must start with postgres:// or postgresql://')
    .optional(),
  databasePoolSize: whole(2, 200, 'must be a number from 2 to 200').default(20),
  storage: z
    .enum(['filesystem', 'memory'], 'must be filesystem (or memory, for a registry that forgets)')
    .default('filesystem'),
  /** Where blobs lie; `registry` in the data directory unless set. */
  storageRoot: z.string().min(1).optional(),
  logLevel: z
    .enum(['debug', 'info', 'warn', 'error'], 'must be debug, info, warn or error')
    .default('info'),
  token: z.strictObject({
    /** Life of a registry token; `token_expiration` of the system configuration unless set. */
    seconds: seconds(60).optional(),
    service: z.string().min(1).max(255).default('harbor-registry'),
    issuer: z.string().min(1).max(255).default('harbor-token-issuer'),
  }),
  /** Seals secrets in the database; without it a file in the data directory holds one. */
  secretKey: secretKey.optional(),
  /** Former keys, that still open what they sealed. */
  retiredSecretKeys: list(secretKey).default([]),
  /** Whose X-Forwarded-For is believed. */
  trustedProxies: list(cidr).default([]),
  /** Private networks that webhooks may reach, beside public addresses. */
  egressNetworks: list(cidr).default([]),
  /** System configuration that nobody can change at run time (Harbor's CONFIG_OVERWRITE_JSON). */
  configOverwriteJson: z.string().optional(),
  /** The certificate that clients must trust, for the download on the portal. */
  caFile: z.string().min(1).optional(),
  /** TKE's `tke-registry-config.yaml`; with it the registry serves TKE's view. */
  tkeConfig: z.string().min(1).optional(),
  gdpr: z.strictObject({
    /** Replaces the names of deleted users by hashes. */
    deleteUser: flag.default(false),
    /** The same in the audit log. */
    auditLogs: flag.default(false),
  }),
  gc: z.strictObject({
    /** How often what was deleted is collected; 0: when somebody asks, or a schedule. */
    intervalSeconds: seconds(0).default(30),
    /** How long a blob stays at least after a client was told that it is here. */
    leaseSeconds: seconds(1).default(900),
    /** How long an upload waits for a manifest. */
    uploadSeconds: seconds(1).default(86_400),
    /** How long collected bytes can be put back. */
    trashSeconds: seconds(0).default(300),
  }),
  scrub: z.strictObject({
    /** How fast stored data is read to hold it against its digests; 0 for as fast as it goes. */
    bytesPerSecond: whole(0, 10 ** 12, 'must be a whole number of bytes, 0 for no limit').default(
      20 * 1024 * 1024,
    ),
  }),
  uploadExpirySeconds: seconds(60).default(7 * 24 * 3600),
});

export type Config = z.infer<typeof configSchema>;

/**
 * Validates raw settings. All faults are reported at once, each under the name the operator
 * used to set it.
 *
 * @throws ConfigError
 */
export function parseConfig(raw: RawSettings): Config {
  const result = configSchema.safeParse(raw.values);
  const faults = result.success ? [] : result.error.issues.map((issue) => describe(issue, raw));
  if (!result.success || raw.faults.length > 0) throw new ConfigError([...raw.faults, ...faults]);
  const { dataDir, storageRoot, tkeConfig } = result.data;
  return {
    ...result.data,
    dataDir: resolve(dataDir),
    ...(storageRoot !== undefined && { storageRoot: resolve(storageRoot) }),
    ...(tkeConfig !== undefined && { tkeConfig: resolve(tkeConfig) }),
  };
}

function describe(issue: z.core.$ZodIssue, raw: RawSettings): string {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys
      .map((key) => `${[...issue.path, key].join('.')}: there is no such setting`)
      .join('\n');
  }
  const path = issue.path.join('.');
  return `${raw.sources.get(path) ?? settings.get(path) ?? path}: ${issue.message}`;
}
