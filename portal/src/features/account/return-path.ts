const MAX_LENGTH = 2048;

/**
 * Where to go on after a login: a path of the portal, never an address of somebody else's. What is
 * none, or is refused by the provider's login, is the first page.
 */
export function parseReturnPath(text: string): string {
  // Printable ASCII without the backslash, which browsers read as a slash.
  if (text.length > MAX_LENGTH || !/^\/[\x21-\x5b\x5d-\x7e]*$/.test(text)) return '/';
  const path = text.split(/[?#]/, 1)[0] ?? '';
  const isPlain = !path.includes('//') && !/(^|\/|%2f|%5c)\.{1,2}(\/|%2f|%5c|$)/i.test(path);
  if (!isPlain || /^\/+(%2f|%5c)/i.test(path)) return '/';
  // A page before the login knows itself where it leads.
  if (/^\/(account|oidc-onboard)(\/|$)/.test(path)) return nextOf(text);
  return text;
}

function nextOf(text: string): string {
  const query = text.split('#', 1)[0]?.split('?').slice(1).join('?') ?? '';
  return parseReturnPath(new URLSearchParams(query).get('redirect_url') ?? '/');
}
