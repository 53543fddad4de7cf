const MAX_LENGTH = 256;

/** Whether a repository pattern can be used: bounded, and of the characters of names, `*` and `?`. */
export function isGlob(glob: string): boolean {
  return glob.length > 0 && glob.length <= MAX_LENGTH && /^[a-z0-9._/*?-]+$/.test(glob);
}

/**
 * Whether `path` fits `glob`: `*` is any run without `/`, `**` any run, `?` one character but
 * `/`. Linear in the product of the lengths, whatever the pattern.
 */
export function matchesGlob(glob: string, path: string): boolean {
  // reachable[j]: the pattern so far can end before path[j].
  let reachable = Array.from({ length: path.length + 1 }, () => false);
  reachable[0] = true;
  for (let at = 0; at < glob.length; at += 1) {
    const isDeep = glob.startsWith('**', at);
    reachable = step(reachable, path, isDeep ? '**' : glob.charAt(at));
    if (isDeep) at += 1;
  }
  return reachable[path.length] ?? false;
}

function step(before: readonly boolean[], path: string, token: string): boolean[] {
  const after = Array.from({ length: before.length }, () => false);
  const isRun = token === '*' || token === '**';
  for (let end = 0; end < after.length; end += 1) {
    const last = path.charAt(end - 1);
    if (isRun) {
      const goesOn = end > 0 && after[end - 1] === true && (token === '**' || last !== '/');
      after[end] = before[end] === true || goesOn;
    } else if (end > 0 && before[end - 1] === true) {
      after[end] = token === '?' ? last !== '/' : last === token;
    }
  }
  return after;
}
