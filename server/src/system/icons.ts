import { iconOf } from '../artifacts/index.ts';
import { type Colour, encodeIcon, type Shape } from './icon-png.ts';

export interface Icons {
  /** Our PNG for what `iconOf` tells: digests of Harbor's pictures, which name ours as well. */
  find(digest: string): Buffer | undefined;
  /** The digest of the icon for one of Harbor's artifact types, such as `IMAGE`. */
  digestFor(artifactType: string): string;
}

const SIZE = 50;
const CENTRE = SIZE / 2;

const circle =
  (cx: number, cy: number, radius: number): Shape =>
  (x, y) =>
    Math.hypot(x - cx, y - cy) - radius;

function box(cx: number, cy: number, halfWidth: number, halfHeight: number, radius = 1): Shape {
  return (x, y) => {
    const dx = Math.abs(x - cx) - halfWidth + radius;
    const dy = Math.abs(y - cy) - halfHeight + radius;
    return Math.hypot(Math.max(dx, 0), Math.max(dy, 0)) + Math.min(Math.max(dx, dy), 0) - radius;
  };
}

const union =
  (...shapes: readonly Shape[]): Shape =>
  (x, y) =>
    Math.min(...shapes.map((shape) => shape(x, y)));

const outline =
  (shape: Shape, width: number): Shape =>
  (x, y) =>
    Math.abs(shape(x, y)) - width / 2;

const without =
  (shape: Shape, hole: Shape): Shape =>
  (x, y) =>
    Math.max(shape(x, y), -hole(x, y));

const diamond: Shape = (x, y) => (Math.abs(x - CENTRE) + Math.abs(y - CENTRE) - 14) / Math.SQRT2;

const tile = box(CENTRE, CENTRE, 23, 23, 8);
const rows = [16, 25, 34];

const drawings: Readonly<Record<string, readonly [colour: Colour, shape: Shape]>> = {
  IMAGE: [[36, 113, 163], union(...rows.map((y) => box(CENTRE, y, 12, 3)))],
  CHART: [
    [23, 32, 120],
    union(
      outline(circle(CENTRE, CENTRE, 9), 4),
      box(CENTRE, CENTRE, 15, 1.5),
      box(CENTRE, CENTRE, 1.5, 15),
    ),
  ],
  CNAB: [[118, 68, 138], diamond],
  WASM: [[84, 60, 200], without(box(CENTRE, CENTRE, 12, 12, 2), circle(CENTRE, 13, 5))],
  CNAI: [[17, 122, 101], union(circle(CENTRE, 16, 6), circle(16, 32, 6), circle(34, 32, 6))],
  SBOM: [[160, 90, 20], union(...rows.flatMap((y) => [circle(14, y, 2.5), box(28, y, 9, 1.5)]))],
  'signature.cosign': [
    [46, 125, 50],
    union(outline(circle(CENTRE, CENTRE, 11), 3), circle(CENTRE, CENTRE, 5)),
  ],
  'signature.notation': [
    [0, 105, 120],
    union(outline(box(CENTRE, CENTRE, 11, 11, 4), 3), circle(CENTRE, CENTRE, 5)),
  ],
  'accelerator.nydus': [
    [190, 60, 60],
    union(box(16, 30, 2.5, 5), box(25, 26, 2.5, 9), box(34, 22, 2.5, 13)),
  ],
  UNKNOWN: [[97, 106, 117], outline(box(CENTRE, CENTRE, 10, 10, 3), 4)],
};

/** Our own icons for artifacts (Harbor's §1.1, `/icons`), drawn when the program starts. */
export function createIcons(): Icons {
  const byDigest = new Map(
    Object.entries(drawings).map(([type, [colour, shape]]) => [
      iconOf(type),
      encodeIcon(SIZE, tile, colour, shape),
    ]),
  );
  return { find: (digest) => byDigest.get(digest), digestFor: (type) => iconOf(type) };
}
