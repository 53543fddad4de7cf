import { describe, expect, it } from 'vitest';
import { parseChartIndex, parseChartList } from './chart-index.ts';

const digest = 'ab'.repeat(32);

describe('parseChartIndex', () => {
  it("reads Helm's YAML, where a version may look like a number", () => {
    const text = `
apiVersion: v1
entries:
  app:
    - name: app
      version: 1.10
      digest: ${digest}
      urls: [charts/app-1.10.tgz]
    - {name: app, version: 1.0.0-rc.1}
  none: null
generated: "2020-01-01T00:00:00Z"
`;
    expect(parseChartIndex(text)).toEqual([
      { name: 'app', version: '1.10', digest: `sha256:${digest}`, url: 'charts/app-1.10.tgz' },
      { name: 'app', version: '1.0.0-rc.1', digest: undefined, url: undefined },
    ]);
  });

  it('reads JSON, and an index without entries', () => {
    const entries = { app: [{ name: 'app', version: '1.0.0', digest: `sha256:${digest}` }] };
    expect(parseChartIndex(JSON.stringify({ entries }))).toMatchObject([
      { digest: `sha256:${digest}` },
    ]);
    expect(parseChartIndex('apiVersion: v1\nentries: {}\n')).toEqual([]);
  });

  it('refuses what is no index', () => {
    expect(() => parseChartIndex('<html>')).toThrow('index.yaml is not an index of charts');
    expect(() => parseChartIndex('entries: [1]')).toThrow('is not an index');
  });
});

describe('parseChartList', () => {
  it("reads ChartMuseum's list by name", () => {
    const list = { app: [{ name: 'app', version: '1.0.0', digest }] };
    expect(parseChartList(JSON.stringify(list))).toMatchObject([{ version: '1.0.0' }]);
    expect(() => parseChartList('[1]')).toThrow('not what ChartMuseum gives');
  });
});
