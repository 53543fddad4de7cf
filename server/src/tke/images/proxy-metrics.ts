import { Counter } from 'prom-client';
import type { Metrics } from '../../telemetry/index.ts';

export interface ProxyMetrics {
  count(endpoint: string, method: string, status: number): void;
  /** Time until the answer was given to the socket; what memory answers is not timed. */
  observe(endpoint: string, method: string, seconds: number): void;
}

/** Requests of the TKE view by endpoint, method and status: additions in a map. */
export function createProxyMetrics(metrics: Metrics): ProxyMetrics {
  const counts = new Map<string, number>();
  metrics.registry.registerMetric(
    new Counter({
      name: 'berth_tke_proxy_requests_total',
      help: 'Requests to the images of TKE tenants.',
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
  const durations = metrics.histogram(
    'berth_tke_proxy_request_seconds',
    'Time to answer requests to the images of TKE tenants.',
    ['endpoint', 'method'],
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 300],
  );
  return {
    count(endpoint, method, status) {
      const key = `${endpoint} ${method} ${status}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    },
    observe(endpoint, method, seconds) {
      durations.observe({ endpoint, method }, seconds);
    },
  };
}
