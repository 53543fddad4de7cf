import { createReadStream } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import {
  type ApiReply,
  type ApiRoute,
  anyone,
  defineRoute,
  line,
  presentOpenApi,
  raw,
} from '../api/index.ts';
import { basePathOf } from '../http/index.ts';
import { AppError } from '../lib/index.ts';

export interface OpenApiRoutesPorts {
  /** All routes, these ones too; asked when the document is first read. */
  listRoutes(): readonly ApiRoute[];
  readonly version: string;
}

const DOCUMENT = '/api/v2.0/openapi.json';
const PAGE = '/devcenter-api-2.0';

const packageDirectory = dirname(
  createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'),
);

/** The page sends the browser's login along, and the CSRF token that comes back. */
const start = `let token;
SwaggerUIBundle({
  url: new URL('..${DOCUMENT}', document.currentScript.src).href,
  dom_id: '#swagger-ui',
  deepLinking: true,
  docExpansion: 'none',
  validatorUrl: null,
  responseInterceptor(response) {
    token = response.headers?.['x-harbor-csrf-token'] ?? token;
    return response;
  },
  requestInterceptor(request) {
    if (token !== undefined) request.headers['X-Harbor-CSRF-Token'] = token;
    return request;
  },
});
`;

const presentPage = (basePath: string) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Berth API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${basePath}${PAGE}/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="${basePath}${PAGE}/swagger-ui-bundle.js"></script>
<script src="${basePath}${PAGE}/start.js"></script>
</body>
</html>
`;

const SCRIPT = 'text/javascript; charset=utf-8';

const assets: ReadonlyMap<string, () => ApiReply> = new Map([
  ['start.js', () => raw(SCRIPT, start)],
  ['swagger-ui-bundle.js', () => packaged(SCRIPT, 'swagger-ui-bundle.js')],
  ['swagger-ui.css', () => packaged('text/css; charset=utf-8', 'swagger-ui.css')],
]);

function packaged(type: string, file: string): ApiReply {
  return raw(type, createReadStream(join(packageDirectory, file)));
}

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The OpenAPI document of all routes, and the page that shows it (Harbor's §2). */
export function openApiRoutes({ listRoutes, version }: OpenApiRoutesPorts): ApiRoute[] {
  let document: string | undefined;
  return [
    defineRoute({
      method: 'GET',
      path: DOCUMENT,
      operationId: 'getOpenApi',
      tag: 'openapi',
      summary: 'This document',
      can: anyone,
      responses: { 200: z.looseObject({ openapi: z.string() }) },
      handle({ externalUrl }) {
        document ??= `${JSON.stringify({
          ...presentOpenApi(listRoutes(), { version }),
          servers: [{ url: `${basePathOf(externalUrl)}/` }],
        })}\n`;
        return raw('application/json; charset=utf-8', document);
      },
    }),
    defineRoute({
      method: 'GET',
      path: PAGE,
      operationId: 'getApiPage',
      tag: 'openapi',
      summary: 'A page to read and to try the API',
      can: anyone,
      responses: { 200: z.string() },
      produces: 'text/html',
      handle: ({ externalUrl }) => ({
        ...raw('text/html; charset=utf-8', presentPage(basePathOf(externalUrl))),
        headers: { 'content-security-policy': policy, 'referrer-policy': 'no-referrer' },
      }),
    }),
    defineRoute({
      method: 'GET',
      path: `${PAGE}/{file}`,
      operationId: 'getApiPageFile',
      tag: 'openapi',
      summary: 'Scripts and styles of the page',
      can: anyone,
      params: z.object({ file: line(255) }),
      responses: { 200: z.string() },
      produces: '*/*',
      handle({ params }) {
        const asset = assets.get(params.file);
        if (asset === undefined) throw new AppError('not-found', 'there is no such file');
        return { ...asset(), headers: { 'cache-control': 'public, max-age=3600' } };
      },
    }),
  ];
}
