const MAX_LENGTH = 2048;
const MAX_DECODINGS = 5;
// Printable ASCII without the backslash, which browsers read as a slash. Whatever is beyond ASCII
// must come percent-encoded: look-alikes of the slash have no other way in.
const PRINTABLE = /^[\x21-\x5b\x5d-\x7e]+$/;

function findDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** One reading of a path that a browser or a proxy may take. */
function isPlainPath(path: string): boolean {
  if (!path.startsWith('/') || path.includes('//')) return false;
  // oxlint-disable-next-line no-control-regex -- control characters are what it looks for
  if (/[\x00-\x1f\x7f\\\u2044\u2215\u29f8\uff0f\uff3c]/.test(path)) return false;
  return !path.split('/').some((segment) => segment === '.' || segment === '..');
}

/**
 * A path on this host to send a browser to after login, or undefined if `text` could lead
 * anywhere else under any reading: scheme, `//host`, backslashes, control characters, dot segments,
 * and each of them percent-encoded up to five times.
 */
export function safeLocalPath(text: string): string | undefined {
  if (text.length > MAX_LENGTH || !text.startsWith('/') || !PRINTABLE.test(text)) return undefined;
  let path: string | undefined = text.split(/[?#]/, 1)[0] ?? '';
  for (let depth = 0; ; depth += 1) {
    if (depth > MAX_DECODINGS || !isPlainPath(path)) return undefined;
    const decoded = findDecoded(path);
    if (decoded === undefined) return undefined;
    if (decoded === path) break;
    path = decoded;
  }
  return URL.parse(text, 'http://local.invalid')?.origin === 'http://local.invalid'
    ? text
    : undefined;
}
