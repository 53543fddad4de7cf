/** Tells whether the target of a request, or a reference, is `path` or below it. */
export function isBelow(target: string, path: string): boolean {
  const next = target.charAt(path.length);
  return target.startsWith(path) && (next === '' || '/?#'.includes(next));
}

/** The path that browsers see before ours, such as `/berth`; empty at the root of a host. */
export function basePathOf(externalUrl: string | undefined): string {
  return (URL.parse(externalUrl ?? '')?.pathname ?? '').replace(/\/$/, '');
}

/** A path of ours as browsers have to ask for it. One that begins with the base path stays. */
export function presentPath(basePath: string, path: string): string {
  const isOurs = path.startsWith('/') && !isBelow(path, basePath);
  return basePath !== '' && isOurs ? `${basePath}${path}` : path;
}

/** The same from the other side: proxies may leave the base path in a request, or take it off. */
export function parseTarget(basePath: string, target: string): string {
  if (basePath === '' || !isBelow(target, basePath)) return target;
  return `/${target.slice(basePath.length).replace(/^\/+/, '')}`;
}
