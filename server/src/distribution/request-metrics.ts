import { Counter } from 'prom-client';
import type { Metrics } from '../telemetry/index.ts';

export interface RequestMetrics {
  count(endpoint: string, method: string, status: number): void;
}

/** Requests by endpoint, method and status: additions in a map, read when Prometheus asks. */
export function createRequestMetrics(metrics: Metrics): RequestMetrics {
  const counts = new Map<string, number>();
  metrics.registry.registerMetric(
    new Counter({
      name: 'berth_v2_requests_total',
      help: 'Requests to the distribution API.',
      labelNames: ['endpoint', 'method', 'status'],
      registers: [],
      collect() {
        this.reset();
        for (const [key, value] of counts) {
          const [endpoint = '', method = '', status = ''] = key.split(' ');
          this.inc({ endpoint, method, status }, value);
        }
      },
    }),
  );
  return {
    count(endpoint, method, status) {
      const key = `${endpoint} ${method} ${status}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    },
  };
}
