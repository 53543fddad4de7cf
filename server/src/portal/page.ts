import { randomBytes } from 'node:crypto';
import type { PlainReply } from '../http/index.ts';

const NONCE = '__BERTH_NONCE__';
const BASE = '__BERTH_BASE__';

/** Styles that components make at run time carry the nonce; no script does. */
function policy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "form-action 'self'",
    "base-uri 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
}

const safetyHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-cache',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy':
    'camera=(), geolocation=(), microphone=(), payment=(), usb=(), clipboard-write=(self)',
} as const;

const MISSING = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Berth</title></head>
<body>
<h1>The portal is not built</h1>
<p>The registry itself works. <code>npm start</code> builds the portal, and says so when that
fails; <code>npm run portal:build</code> does it by hand. Start the registry again afterwards.</p>
</body>
</html>
`;

/**
 * Presents the page of the portal, anew for each request, since each answer has its own nonce.
 *
 * @param template as it was built; undefined presents a page that says that it was not
 */
export function createPage(template: string | undefined, basePath: string): () => PlainReply {
  const parts = (template ?? MISSING).replaceAll(BASE, `${basePath}/`).split(NONCE);
  const status = template === undefined ? 503 : 200;
  return () => {
    const nonce = randomBytes(16).toString('base64url');
    const headers = { ...safetyHeaders, 'content-security-policy': policy(nonce) };
    return { status, headers, body: parts.join(nonce) };
  };
}
