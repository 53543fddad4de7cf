import type { FastifyInstance } from 'fastify';
import { AppError } from '../lib/index.ts';
import type { Metrics } from '../telemetry/index.ts';

/** One thing the registry needs in order to serve. */
export interface HealthCheck {
  readonly name: string;
  /** Rejects when it does not work. */
  check(): Promise<void>;
}

export interface HealthRoutesOptions {
  readonly checks: readonly HealthCheck[];
  readonly metrics: Metrics;
  /** True once a stop has begun: balancers must send no more. */
  readonly isStopping: () => boolean;
}

const CHECK_DEADLINE_MS = 5_000;

/** `GET /healthz` (the process lives), `/readyz` (it can serve), `/metrics` (Prometheus). */
export function registerHealthRoutes(app: FastifyInstance, options: HealthRoutesOptions): void {
  app.get('/healthz', () => ({ status: 'ok' }));

  app.get('/readyz', async (_request, reply) => {
    const stopping = options.isStopping();
    const results = await Promise.all(options.checks.map(runCheck));
    const ready = !stopping && results.every((result) => result.status === 'ok');
    return reply.code(ready ? 200 : 503).send({
      status: ready ? 'ready' : 'unavailable',
      ...(stopping ? { reason: 'the registry is stopping' } : {}),
      components: results,
    });
  });

  app.get('/metrics', async (_request, reply) =>
    reply
      .header('content-type', options.metrics.registry.contentType)
      .send(await options.metrics.registry.metrics()),
  );
}

interface Component {
  readonly name: string;
  readonly status: 'ok' | 'unavailable';
  /** Told only where the part has a sentence for everybody. */
  readonly reason?: string;
}

async function runCheck({ name, check }: HealthCheck): Promise<Component> {
  const deadline = new Promise<never>((_resolve, reject) => {
    setTimeout(() => reject(new Error('deadline')), CHECK_DEADLINE_MS).unref();
  });
  try {
    await Promise.race([check(), deadline]);
    return { name, status: 'ok' };
  } catch (error) {
    const reason = error instanceof AppError ? error.message : undefined;
    return { name, status: 'unavailable', ...(reason !== undefined && { reason }) };
  }
}
