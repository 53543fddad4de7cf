import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

/** What the registry puts into the page when it serves it. */
const placeholders: Plugin = {
  name: 'berth-placeholders',
  apply: 'serve',
  transformIndexHtml: (html) =>
    html.replace('__BERTH_BASE__', '/').replace('__BERTH_NONCE__', 'development'),
};

/** A registry that answers what the page asks while it is developed. */
const target = process.env['BERTH_PORTAL_TARGET'] ?? 'http://127.0.0.1:8080';
const proxied = ['/api/', '/c/', '/v2/', '/service/', '/apis/', '/devcenter-api-2.0'];

export default defineConfig({
  root: import.meta.dirname,
  // Addresses are relative to the page's <base>, so that it can be served below any path.
  base: './',
  plugins: [react(), placeholders],
  build: {
    manifest: true,
    target: 'es2024',
    // A polyfill would be an inline script; all browsers of that target preload modules.
    modulePreload: { polyfill: false },
    // What is inlined as data: would need a wider policy.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
  },
  server: {
    host: '127.0.0.1',
    proxy: Object.fromEntries(proxied.map((path) => [path, { target, changeOrigin: false }])),
  },
});
