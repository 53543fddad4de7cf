import type { Fields } from './file-schema.ts';
import type { Surroundings } from './secret-source.ts';

const NOT_NEEDED: readonly (readonly [string, (file: Fields) => unknown, string])[] = [
  [
    'storage.fileSystem.maxThreads',
    ({ storage }) => storage?.fileSystem?.maxThreads,
    'is not needed',
  ],
  [
    'storage.s3',
    ({ storage }) => storage?.s3,
    "does not decide; Berth's own settings (BERTH_STORAGE…) do",
  ],
  [
    'storage.inMemory',
    ({ storage }) => storage?.inMemory,
    "does not decide; Berth's own settings (BERTH_STORAGE…) do",
  ],
  ['storage.etcd', ({ storage }) => storage?.etcd, 'is not needed; charts lie beside the images'],
  ['redis', ({ redis }) => redis, 'is not needed'],
  [
    'security.tokenPrivateKeyFile',
    ({ security }) => security?.tokenPrivateKeyFile,
    "is not needed; tokens are signed with Berth's own keys",
  ],
  [
    'security.tokenPublicKeyFile',
    ({ security }) => security?.tokenPublicKeyFile,
    "is not needed; tokens are signed with Berth's own keys",
  ],
  ['security.httpSecret', ({ security }) => security?.httpSecret, 'is not needed'],
];

const HARBOR_FIELDS = [
  'harborUrl',
  'harborUsername',
  'harborPassword',
  'harborPasswordFile',
  'harborPasswordEnv',
  'harborCAFile',
  'harborInsecureSkipVerify',
  'harborLogin',
  'harborAdoptProjects',
  'harborCharts',
  'harborManifestCacheSeconds',
] as const satisfies readonly (keyof Fields)[];

/** Tells of every field that is given and does nothing here. */
export function warnAboutUnused(file: Fields, around: Surroundings): void {
  for (const [field, valueOf, sentence] of NOT_NEEDED) {
    if (valueOf(file) !== undefined) around.warn(field, sentence);
  }
  if (file.harborEnabled === true) {
    if (file.storage?.fileSystem !== undefined) {
      around.warn('storage.fileSystem', 'is not used while Harbor keeps the images');
    }
    return;
  }
  if (file.security?.adminUsername !== undefined) {
    around.warn('security.adminUsername', "is not used; administrators are Berth's own users");
  }
  for (const field of HARBOR_FIELDS) {
    if (file[field] !== undefined && file[field] !== '') {
      around.warn(field, 'is not used without harborEnabled');
    }
  }
}
