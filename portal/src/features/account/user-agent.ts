const BROWSERS: readonly (readonly [RegExp, string])[] = [
  // The more special come first: most say that they are Chrome and Safari as well.
  [/\bEdg(?:e|A|iOS)?\/(\d+)/, 'Edge'],
  [/\bOPR\/(\d+)/, 'Opera'],
  [/\b(?:Firefox|FxiOS)\/(\d+)/, 'Firefox'],
  [/\b(?:Headless)?(?:Chrome|CriOS)\/(\d+)/, 'Chrome'],
  [/\bVersion\/(\d+)[\d.]* (?:Mobile\/\S+ )?Safari\//, 'Safari'],
  [/^curl\/(\d+)/, 'curl'],
];

const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/\b(?:iPhone|iPad)\b/, 'iOS'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
];

export interface Agent {
  /** Name and main version. */
  readonly browser: string | undefined;
  readonly system: string | undefined;
}

/** What a `User-Agent` says, as people know it; it may lie. */
export function parseUserAgent(text: string): Agent {
  const [name, version] = findBrowser(text);
  return {
    browser: name === undefined ? undefined : `${name} ${version}`,
    system: SYSTEMS.find(([pattern]) => pattern.test(text))?.[1],
  };
}

function findBrowser(text: string): readonly [string, string] | readonly [] {
  for (const [pattern, name] of BROWSERS) {
    const version = pattern.exec(text)?.[1];
    if (version !== undefined) return [name, version];
  }
  return [];
}
