import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/**
 * A counter whose increments are one addition, for paths that run tens of thousands of times a
 * second; Prometheus' own label look-up would cost more than the request.
 */
export interface HotCounter {
  value: number;
}

export interface Metrics {
  readonly registry: Registry;
  counter(name: string, help: string): HotCounter;
  counters<const K extends string>(
    name: string,
    help: string,
    label: string,
    values: readonly K[],
  ): Record<K, HotCounter>;
  gauge(name: string, help: string, read: () => number): void;
  histogram(
    name: string,
    help: string,
    labelNames: readonly string[],
    buckets: number[],
  ): Histogram;
}

/** All metrics of one running registry. */
export function createMetrics(): Metrics {
  return new PrometheusMetrics();
}

class PrometheusMetrics implements Metrics {
  readonly registry = new Registry();

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  counter(name: string, help: string): HotCounter {
    const hot: HotCounter = { value: 0 };
    this.registry.registerMetric(
      new Counter({
        name,
        help,
        registers: [],
        collect() {
          this.reset();
          this.inc(hot.value);
        },
      }),
    );
    return hot;
  }

  counters<const K extends string>(
    name: string,
    help: string,
    label: string,
    values: readonly K[],
  ): Record<K, HotCounter> {
    const hot = hotCounters(values);
    this.registry.registerMetric(
      new Counter({
        name,
        help,
        labelNames: [label],
        registers: [],
        collect() {
          this.reset();
          for (const value of values) this.inc({ [label]: value }, hot[value].value);
        },
      }),
    );
    return hot;
  }

  gauge(name: string, help: string, read: () => number): void {
    this.registry.registerMetric(
      new Gauge({
        name,
        help,
        registers: [],
        collect() {
          this.set(read());
        },
      }),
    );
  }

  histogram(
    name: string,
    help: string,
    labelNames: readonly string[],
    buckets: number[],
  ): Histogram {
    const histogram = new Histogram({
      name,
      help,
      labelNames: [...labelNames],
      buckets,
      registers: [],
    });
    this.registry.registerMetric(histogram);
    return histogram;
  }
}

// An overload, because `Object.fromEntries` forgets which keys it was given.
function hotCounters<K extends string>(values: readonly K[]): Record<K, HotCounter>;
function hotCounters(values: readonly string[]): Record<string, HotCounter> {
  return Object.fromEntries(values.map((value) => [value, { value: 0 }]));
}
