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
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return {
    registry,
    counter(name, help) {
      const hot: HotCounter = { value: 0 };
      registry.registerMetric(
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
    },
    counters(name, help, label, values) {
      const hot = Object.fromEntries(values.map((value) => [value, { value: 0 }])) as Record<
        (typeof values)[number],
        HotCounter
      >;
      registry.registerMetric(
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
    },
    gauge(name, help, read) {
      registry.registerMetric(
        new Gauge({
          name,
          help,
          registers: [],
          collect() {
            this.set(read());
          },
        }),
      );
    },
    histogram(name, help, labelNames, buckets) {
      const histogram = new Histogram({
        name,
        help,
        labelNames: [...labelNames],
        buckets,
        registers: [],
      });
      registry.registerMetric(histogram);
      return histogram;
    },
  };
}
