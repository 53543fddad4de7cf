/** `extra_attrs` of an artifact: JSON that whoever pushed it wrote. */
export type Attrs = Readonly<Record<string, unknown>>;

export interface ImageAttrs {
  readonly created: string | undefined;
  readonly author: string | undefined;
  readonly platform: string | undefined;
  readonly user: string | undefined;
  readonly workingDir: string | undefined;
  readonly stopSignal: string | undefined;
  readonly env: readonly string[];
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  readonly ports: readonly string[];
  readonly volumes: readonly string[];
  readonly labels: readonly (readonly [string, string])[];
}

/** What an image's config says of it. */
export function parseImageAttrs(attrs: Attrs): ImageAttrs {
  const config = recordOf(attrs['config']);
  const platform = [textOf(attrs['os']), textOf(attrs['architecture'])].filter(isSaid).join('/');
  return {
    created: timeOf(attrs['created']),
    author: textOf(attrs['author']),
    platform: platform === '' ? undefined : platform,
    user: textOf(config['User']),
    workingDir: textOf(config['WorkingDir']),
    stopSignal: textOf(config['StopSignal']),
    env: textsOf(config['Env']),
    entrypoint: textsOf(config['Entrypoint']),
    cmd: textsOf(config['Cmd']),
    ports: Object.keys(recordOf(config['ExposedPorts'])),
    volumes: Object.keys(recordOf(config['Volumes'])),
    labels: Object.entries(recordOf(config['Labels'])).map(([key, value]) => [key, shown(value)]),
  };
}

export interface Maintainer {
  readonly name: string;
  readonly email: string | undefined;
  readonly url: string | undefined;
}

export interface ChartAttrs {
  readonly name: string | undefined;
  readonly version: string | undefined;
  readonly appVersion: string | undefined;
  readonly kubeVersion: string | undefined;
  readonly description: string | undefined;
  readonly type: string | undefined;
  readonly home: string | undefined;
  readonly isDeprecated: boolean;
  readonly keywords: readonly string[];
  readonly sources: readonly string[];
  readonly maintainers: readonly Maintainer[];
}

/** What a `Chart.yaml` says of its chart. */
export function parseChartAttrs(attrs: Attrs): ChartAttrs {
  return {
    name: textOf(attrs['name']),
    version: textOf(attrs['version']),
    appVersion: textOf(attrs['appVersion']),
    kubeVersion: textOf(attrs['kubeVersion']),
    description: textOf(attrs['description']),
    type: textOf(attrs['type']),
    home: textOf(attrs['home']),
    isDeprecated: attrs['deprecated'] === true,
    keywords: textsOf(attrs['keywords']),
    sources: textsOf(attrs['sources']),
    maintainers: listOf(attrs['maintainers']).map((one) => {
      const { name, email, url } = recordOf(one);
      return { name: textOf(name) ?? textOf(email) ?? '', email: textOf(email), url: textOf(url) };
    }),
  };
}

/** Any JSON as names and texts; what is inside of others is named `outer.inner`. */
export function flattenAttrs(attrs: Attrs, most = 200): readonly (readonly [string, string])[] {
  const found: [string, string][] = [];
  function walk(value: unknown, name: string): void {
    if (found.length >= most) return;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      if (isTold(value)) found.push([name, shown(value)]);
      return;
    }
    for (const [key, inner] of Object.entries(value))
      walk(inner, name === '' ? key : `${name}.${key}`);
  }
  walk(attrs, '');
  return found;
}

/** An address that a link may lead to; undefined for any other text. */
export function findWebAddress(text: string): string | undefined {
  return /^https?:\/\/[^\s/]/i.test(text) && URL.canParse(text) ? text : undefined;
}

export interface Dependency {
  readonly name: string;
  readonly version: string;
  readonly repository: string;
  readonly condition: string;
}

/** Reads the `dependencies` addition of a chart; what is no such thing is left out. */
export function parseDependencies(text: string): readonly Dependency[] {
  return listOf(parseJson(text)).map((one) => {
    const dependency = recordOf(one);
    return {
      name: textOf(dependency['name']) ?? '',
      version: textOf(dependency['version']) ?? '',
      repository: textOf(dependency['repository']) ?? '',
      condition: textOf(dependency['condition']) ?? '',
    };
  });
}

export interface ModelFile {
  readonly path: string;
  readonly name: string;
  readonly depth: number;
  /** Of a file; undefined for a directory. */
  readonly size: number | undefined;
}

/** Reads the `files` addition of a model: its tree as lines, each below its directory. */
export function parseFiles(text: string): readonly ModelFile[] {
  const files: ModelFile[] = [];
  function walk(nodes: unknown, parent: string, depth: number): void {
    for (const one of listOf(nodes)) {
      const node = recordOf(one);
      const name = textOf(node['name']) ?? '';
      const path = `${parent}${name}`;
      const isDirectory = node['type'] === 'directory';
      const size = isDirectory ? undefined : Number(node['size'] ?? 0);
      files.push({ path, name: isDirectory ? `${name}/` : name, depth, size });
      if (isDirectory) walk(node['children'], `${path}/`, depth + 1);
    }
  }
  walk(parseJson(text), '', 0);
  return files;
}

/** JSON with indents; what is no JSON as it is. */
export function prettyJson(text: string): string {
  const value = parseJson(text);
  return value === undefined ? text : JSON.stringify(value, null, 2);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function recordOf(value: unknown): Attrs {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function textsOf(value: unknown): readonly string[] {
  return listOf(value).map(textOf).filter(isSaid);
}

function timeOf(value: unknown): string | undefined {
  const text = textOf(value);
  return text === undefined || Number.isNaN(Date.parse(text)) ? undefined : text;
}

function isSaid(text: string | undefined): text is string {
  return text !== undefined;
}

function isTold(value: unknown): boolean {
  return value !== null && value !== '' && !(Array.isArray(value) && value.length === 0);
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
