// Layers and boundaries of docs/architecture.md: lib ← foundation ← core ← features ← composition.
const server = '^server/src/';
const foundation =
  'config|telemetry|db|http|blobstore|egress|secrets|selectors|events|jobs|schedules|archives';
const core =
  'access|api|configuration|identity|users|user-groups|projects|quotas|robots|artifacts|integrity|kube|helm';
const features =
  'dashboard|portal|distribution|jobservice|gc|system-jobs|backup|storage-import|fsck|scrub|audit|login|system|repositories|additions|labels|immutability|retention|webhooks|search|charts|tke|live';
const modules = `lib|${foundation}|${core}|${features}`;
const tests = '\\.(test|contract)\\.tsx?$';
const portal = '^portal/src/';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'not-resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'oci-is-pure',
      comment: 'The vocabulary knows nothing but the crypto of Node.',
      severity: 'error',
      from: { path: '^oci/src/', pathNot: tests },
      to: { pathNot: ['^oci/src/', '^crypto$', '^node:crypto$'] },
    },
    {
      name: 'client-knows-no-server',
      severity: 'error',
      from: { path: '^client/' },
      to: { path: '^server/' },
    },
    {
      name: 'lib-is-the-bottom',
      comment: 'lib uses only the interface of a log.',
      severity: 'error',
      from: { path: `${server}lib/`, pathNot: tests },
      to: { path: server, pathNot: [`${server}lib/`, `${server}telemetry/index.ts$`] },
    },
    {
      name: 'foundation-below-core',
      severity: 'error',
      from: { path: `${server}(?:${foundation})/`, pathNot: tests },
      to: { path: `${server}(?:${core}|${features}|cli)/` },
    },
    {
      name: 'core-below-features',
      severity: 'error',
      from: { path: `${server}(?:${core})/`, pathNot: tests },
      to: { path: `${server}(?:${features}|cli)/` },
    },
    {
      name: 'features-do-not-meet',
      severity: 'error',
      from: { path: `${server}(${features})/`, pathNot: tests },
      to: { path: `${server}(?:${features})/`, pathNot: `${server}$1/` },
    },
    {
      name: 'modules-through-their-index',
      severity: 'error',
      from: { path: `${server}(${modules})/`, pathNot: tests },
      to: {
        path: `${server}(?:${modules})/.+`,
        pathNot: [`${server}$1/`, `${server}(?:[^/]+|(?:identity|tke)/[^/]+)/index\\.ts$`],
      },
    },
    {
      name: 'composition-through-the-index',
      severity: 'error',
      from: { path: `${server}[^/]+\\.ts$`, pathNot: tests },
      to: {
        path: `${server}(?:${modules})/.+`,
        pathNot: [`${server}(?:[^/]+|(?:identity|tke)/[^/]+)/index\\.ts$`],
      },
    },
    {
      name: 'only-repositories-speak-sql',
      severity: 'error',
      from: {
        path: server,
        pathNot: [
          '\\.repository\\.ts$',
          `${server}db/`,
          `${server}artifacts/replicas.ts$`,
          `${server}registry.ts$`,
          tests,
        ],
      },
      to: { path: 'node_modules/(?:kysely|pg)/' },
    },
    {
      name: 'only-routes-touch-fastify',
      severity: 'error',
      from: {
        path: server,
        pathNot: [
          '\\.routes\\.ts$',
          `${server}http/`,
          `${server}(?:compose[\\w-]*|registry)\\.ts$`,
          `${server}distribution/distribution.ts$`,
          tests,
        ],
      },
      to: { path: 'node_modules/fastify/' },
    },
    {
      name: 'portal-knows-the-client-only',
      comment: 'A browser gets what the portal imports.',
      severity: 'error',
      from: { path: portal, pathNot: tests },
      to: { path: '^(?:server|oci|conformance|bench|scripts)/' },
    },
    {
      name: 'portal-is-not-imported',
      severity: 'error',
      from: { path: '^(?:oci|client|server)/' },
      to: { path: '^portal/' },
    },
    {
      name: 'portal-features-do-not-meet',
      severity: 'error',
      from: { path: `${portal}features/([^/]+)/`, pathNot: tests },
      to: { path: `${portal}features/`, pathNot: `${portal}features/$1/` },
    },
    {
      name: 'portal-lib-and-ui-are-the-bottom',
      severity: 'error',
      from: { path: `${portal}(?:lib|ui)/`, pathNot: tests },
      to: { path: `${portal}(?:shell|features)/` },
    },
    {
      name: 'sources-know-no-tests',
      severity: 'error',
      from: { path: '^(?:oci|client|server|portal)/src/', pathNot: tests },
      to: { path: '(?:^server/test/|^conformance/|^bench/|\\.test\\.tsx?$)' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
      extensions: ['.ts', '.tsx', '.mjs', '.js'],
    },
  },
};
