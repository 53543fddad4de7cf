/** One part of a DN as it compares: types and values in lower case, ordered, escaped. */
type Rdn = string;

const ATTRIBUTE_TYPE = /^(?:[a-z][a-z0-9-]*|\d+(?:\.\d+)+)$/i;
/** Longer than any DN a directory holds, short enough to be parsed for everybody. */
const MAX_LENGTH = 4096;

/**
 * A DN (RFC 4514) in a form in which equal DNs are equal strings: lower case, spaces collapsed and
 * trimmed, escapes unified, the parts of a multi-valued RDN in order.
 *
 * @returns undefined for what is no DN, or an empty one
 */
export function normalizeDn(text: string): string | undefined {
  return parseDn(text)?.join(',');
}

/** How far below its base a search reaches: the base itself, its children, or all below. */
export type LdapScope = 0 | 1 | 2;

/** Whether a search at `base` with `scope` would reach `dn`; both as `normalizeDn` takes them. */
export function isWithin(dn: string, base: string, scope: LdapScope): boolean {
  const inner = parseDn(dn);
  const outer = parseDn(base);
  if (inner === undefined || outer === undefined) return false;
  const depth = inner.length - outer.length;
  if (depth < 0 || outer.some((rdn, index) => inner[depth + index] !== rdn)) return false;
  return scope === 2 || depth === scope;
}

function parseDn(text: string): readonly Rdn[] | undefined {
  if (text.length > MAX_LENGTH || text.trim() === '') return undefined;
  const rdns: Rdn[] = [];
  for (const part of splitUnescaped(text, ',')) {
    const pairs: string[] = [];
    for (const pair of splitUnescaped(part, '+')) {
      const equals = pair.indexOf('=');
      const type = pair.slice(0, equals).trim();
      const value = equals < 0 ? undefined : unescapeValue(pair.slice(equals + 1));
      if (value === undefined || !ATTRIBUTE_TYPE.test(type)) return undefined;
      pairs.push(`${type.toLowerCase()}=${presentValue(value)}`);
    }
    rdns.push(pairs.toSorted().join('+'));
  }
  return rdns;
}

function splitUnescaped(text: string, separator: string): string[] {
  const parts: string[] = [];
  let start = 0;
  for (let index = 0; index < text.length; index++) {
    if (text[index] === '\\') index++;
    else if (text[index] === separator) {
      parts.push(text.slice(start, index));
      start = index + 1;
    }
  }
  return [...parts, text.slice(start)];
}

/** Undoes RFC 4514, section 2.4; the escaped bytes together must be UTF-8. */
function unescapeValue(raw: string): string | undefined {
  const text = raw.trim();
  if (text.startsWith('#')) return /^#(?:[0-9a-f]{2})+$/i.test(text) ? text : undefined;
  if (!/^(?:[^\\"<>;\0]|\\[0-9a-f]{2}|\\[ "#+,;<=>\\])*$/i.test(raw)) return undefined;
  // One pass, so that the 5c of `\\5c` is not taken for an escape.
  const value = raw.replaceAll(
    /(?<hex>(?:\\[0-9a-f]{2})+)|\\(?<plain>.)/gi,
    (_run, hex: string | undefined, plain: string | undefined) =>
      hex === undefined ? (plain ?? '') : decodeHex(hex),
  );
  // A NUL is what cannot be decoded, or an escaped NUL: neither belongs into a name.
  return value.includes('\0') ? undefined : value;
}

function decodeHex(run: string): string {
  try {
    const bytes = Buffer.from(run.replaceAll('\\', ''), 'hex');
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return '\0';
  }
}

/** Insignificant spaces and case go (RFC 4518); what separates is escaped again. */
function presentValue(value: string): string {
  const folded = value.normalize('NFC').trim().replaceAll(/\s+/g, ' ').toLowerCase();
  return folded.replaceAll(/[\\,+=]/g, '\\$&');
}
