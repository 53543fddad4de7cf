import { z } from 'zod';
import { type Egress, EgressError } from '../../egress/index.ts';
import { AppError } from '../../lib/index.ts';
import type { HarborConfiguration } from '../config/registry-configuration.ts';

/** An answer of Harbor's API, and when it came. */
export interface HarborAnswer {
  readonly status: number;
  readonly body: unknown;
  /** Of its Date header. */
  readonly date: Date | undefined;
}

export const systemSchema = z.object({
  harbor_version: z.string().optional(),
  with_chartmuseum: z.boolean().optional(),
});

export const accountSchema = z.object({
  username: z.string(),
  sysadmin_flag: z.boolean().optional(),
  admin_role_in_auth: z.boolean().optional(),
});

const projectsSchema = z.array(z.object({ name: z.string(), owner_name: z.string().optional() }));

export type HarborProject = z.infer<typeof projectsSchema>[number];

const PAGE = 100;
const MAX_BYTES = 8 * 1024 * 1024;

/** The few calls of Harbor's API that a check needs. */
export class HarborClient {
  readonly #egress: Egress;
  readonly #harbor: HarborConfiguration;

  constructor(egress: Egress, harbor: HarborConfiguration) {
    this.#egress = egress;
    this.#harbor = harbor;
  }

  /** @throws EgressError */
  async get(path: string): Promise<HarborAnswer> {
    const { url, username, password, ca, verifyTls } = this.#harbor;
    const login = Buffer.from(`${username}:${password}`).toString('base64');
    const response = await this.#egress.request({
      method: 'GET',
      url: `${url}/api/v2.0/${path}`,
      headers: { authorization: `Basic ${login}`, accept: 'application/json' },
      policy: 'private-allowed',
      tls: { verify: verifyTls, ...(ca !== undefined && { ca }) },
      maxBytes: MAX_BYTES,
    });
    const date = new Date(response.headers.get('date') ?? Number.NaN);
    return {
      status: response.status,
      body: parse(response.body),
      date: Number.isNaN(date.getTime()) ? undefined : date,
    };
  }

  /** Every project. @throws EgressError, AppError when Harbor does not give its list */
  async *projects(): AsyncGenerator<HarborProject, void, void> {
    for (let page = 1; ; page += 1) {
      const { status, body } = await this.get(`projects?page=${page}&page_size=${PAGE}`);
      const projects = projectsSchema.safeParse(body);
      if (status !== 200 || !projects.success) {
        throw new AppError('unavailable', `the list of projects was answered with ${status}`);
      }
      yield* projects.data;
      if (projects.data.length < PAGE) return;
    }
  }
}

/** A sentence about why there was no answer, with what the network said. */
export function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (!(error instanceof EgressError) || !(error.cause instanceof Error)) return error.message;
  return `${error.message}: ${error.cause.message}`;
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}
