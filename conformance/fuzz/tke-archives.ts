import { gzipSync } from 'node:zlib';
import { packTar } from 'modern-tar';
import { packChart } from '../tke/chart-files.ts';

const MIB = 1024 * 1024;
const DEEP = 5_000;

type Entry = readonly [path: string, body: string | Buffer];

/** Archives that `helm push` would never send, and some that it would. */
export async function createArchives(): Promise<readonly Buffer[]> {
  const metadata = (more: string) => `apiVersion: v2\nname: web\nversion: 1.0.0\n${more}`;
  const withMetadata = (yaml: string) => pack([['web/Chart.yaml', yaml]]);
  const sound = await packChart('web', '1.0.0');
  return collect([
    sound,
    packChart('web', '1.0.1-rc.1+build.5'),
    packChart('web', '2.0.0', { icon: 'https://127.0.0.1/x.png', keywords: ['a b', 'c'] }),
    packChart('web', '1.0.0', { description: '\u0000\ud83d\ude00' }),
    packChart('web', '1.0.0', { keywords: [' ', '-', 'a'.repeat(300), '../..', '__proto__'] }),
    packChart('web', 'not a version'),
    packChart('web', `1.0.0+${'a'.repeat(200)}`),
    packChart('web', '1.0.0-default-image-x'),
    packChart('../web', '1.0.0'),
    packChart('WEB', '1.0.0'),
    packChart('w/e/b', '1.0.0'),
    packChart('', ''),
    packChart('a'.repeat(300), '1.0.0'),
    packChart('__proto__', '1.0.0'),
    Buffer.alloc(0),
    gzipSync(''),
    gzipSync('nothing that is an archive'),
    gzipSync(Buffer.alloc(4 * MIB)),
    // A bomb: 200 MiB of nothing, said to be a file.
    pack([
      ['web/Chart.yaml', metadata('')],
      ['web/zeros', Buffer.alloc(200 * MIB)],
    ]),
    sound.subarray(0, 100),
    Buffer.concat([sound, sound]),
    Buffer.concat([sound, Buffer.from('trailing')]),
    Buffer.from('PK\u0003\u0004'),
    pack([]),
    pack([['web/values.yaml', 'a: b']]),
    pack([['Chart.yaml', metadata('')]]),
    pack([['../web/Chart.yaml', metadata('')]]),
    pack([['/web/Chart.yaml', metadata('')]]),
    pack([
      ['web/Chart.yaml', metadata('')],
      ['other/Chart.yaml', metadata('')],
    ]),
    pack([
      ['web/Chart.yaml', metadata('')],
      ['web/../../etc/passwd', 'x'],
    ]),
    pack([
      ['web/Chart.yaml', metadata('')],
      ['web/Chart.yaml', 'name: other'],
    ]),
    pack([
      ['web/Chart.yaml', metadata('')],
      [`web/${'d/'.repeat(120)}f`, 'x'],
    ]),
    pack(Array.from({ length: 3_000 }, (_, index): Entry => [`web/f${index}`, ''])),
    withMetadata(''),
    withMetadata('[]'),
    withMetadata('null'),
    withMetadata('name: [web]\nversion: {a: b}'),
    withMetadata(metadata('name: twice')),
    withMetadata(metadata('dependencies: 7\nmaintainers: x\nkeywords: {a: b}')),
    withMetadata(metadata('__proto__: {isAdmin: true}\nconstructor: x')),
    withMetadata(metadata('annotations: {"\\uD800": "\\uDC00"}')),
    withMetadata(
      metadata(
        `a: &a ["x","x","x","x"]\nb: &b [*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b]\nd: [*c,*c,*c,*c]`,
      ),
    ),
    withMetadata(metadata(`deep: ${'['.repeat(DEEP)}${']'.repeat(DEEP)}`)),
    withMetadata(metadata(`description: ${'x'.repeat(400_000)}`)),
    withMetadata(metadata('a: !!js/function "x"')),
    withMetadata('\ufeffapiVersion: v2\nname: web\nversion: 1.0.0'),
    pack([['web/Chart.yaml', Buffer.from([0xff, 0xfe, 0x00])]]),
  ]);
}

/** One after the other: some are large. */
async function collect(archives: readonly (Buffer | Promise<Buffer>)[]): Promise<Buffer[]> {
  const all: Buffer[] = [];
  for (const archive of archives) all.push(await archive);
  return all;
}

async function pack(entries: readonly Entry[]): Promise<Buffer> {
  const files = entries.map(([name, content]) => ({
    header: { name, size: Buffer.byteLength(content), type: 'file' as const, mtime: new Date(0) },
    body: content,
  }));
  return gzipSync(Buffer.from(await packTar(files)));
}
