import { resolve } from 'node:path';
import { z } from 'zod';
import { ConfigError } from './config.errors.ts';
import { type RawSettings, settings } from './settings.ts';

const port = z.coerce
  .number('must be a port number from 0 to 65535')
  .int('must be a whole number')
  .min(0, 'must be a port number from 0 to 65535')
  .max(65_535, 'must be a port number from 0 to 65535');

const httpUrl = z.string().refine((text) => {
  const url = URL.parse(text);
  return (
    (url?.protocol === 'http:' || url?.protocol === 'https:') &&
    url.pathname === '/' &&
    url.search === '' &&
    url.username === ''
  );
}, 'must be an http(s) URL without path, query or credentials, such as https://registry.example.com');

const seconds = (minimum: number) =>
  z.coerce
    .number('must be a number of seconds')
    .int('must be a whole number of seconds')
    .min(minimum, `must be at least ${minimum} seconds`);

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
    .min(8, 'must have at least 8 characters')
    .max(128, 'must have at most 128 characters')
    .optional(),
  databaseUrl: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must start with postgres:// or postgresql://')
    .optional(),
  databasePoolSize: z.coerce.number().int().min(2).max(200).default(20),
  storage: z
    .enum(['filesystem', 'memory'], 'must be filesystem (or memory, for a registry that forgets)')
    .default('filesystem'),
  logLevel: z
    .enum(['debug', 'info', 'warn', 'error'], 'must be debug, info, warn or error')
    .default('info'),
  token: z.strictObject({
    /** Life of a registry token. */
    seconds: seconds(60).default(1800),
    service: z.string().min(1).max(255).default('harbor-registry'),
    issuer: z.string().min(1).max(255).default('harbor-token-issuer'),
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
  if (!result.success) {
    throw new ConfigError(result.error.issues.map((issue) => describe(issue, raw)));
  }
  return { ...result.data, dataDir: resolve(result.data.dataDir) };
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
