/** What a ray through the volume hits first, or where it is brightest: the voxel that a click in 3D means. */

import { inside, type Rays } from "../geometry/camera";

type Triple = readonly [number, number, number];

interface Volume {
  readonly shape: Triple;
  readonly spacing_mm: Triple;
}

/** The voxels (z, y, x) along the ray of a pixel, from the viewer away, half a voxel apart at most. */
function* along(rays: Rays, x: number, y: number, { shape, spacing_mm }: Volume): Generator<Triple> {
  const ray = inside(rays, x, y, shape);
  if (!ray) return;
  const step = Math.min(...spacing_mm) / 2;
  for (let t = ray.near + step / 2; t < ray.far; t += step) {
    const place = ray.start.map((at, axis) => at + t * (rays.along[axis] as number));
    const within = (axis: number) =>
      Math.max(0, Math.min((shape[2 - axis] as number) - 1, Math.round(place[axis] as number)));
    yield [within(2), within(1), within(0)];
  }
}

/** The first voxel with a label that is shown; null where the ray meets none. */
export function firstShown(
  rays: Rays,
  x: number,
  y: number,
  volume: Volume,
  shown: (voxel: Triple) => boolean,
): Triple | null {
  for (const voxel of along(rays, x, y, volume)) if (shown(voxel)) return voxel;
  return null;
}

/** The voxel with the highest value; the first of several. */
export function brightest(
  rays: Rays,
  x: number,
  y: number,
  volume: Volume,
  valueAt: (voxel: Triple) => number | null,
): Triple | null {
  let [found, most]: [Triple | null, number] = [null, -Infinity];
  for (const voxel of along(rays, x, y, volume)) {
    const value = valueAt(voxel) ?? -Infinity;
    if (value > most) [found, most] = [voxel, value];
  }
  return found;
}

/** The voxel of an oblique slice, `depth_mm` along the rays; null beside the volume. */
export function onSlice(rays: Rays, x: number, y: number, { shape }: Volume, depth_mm: number): Triple | null {
  const [column, row, slice] = rays.origin.map((at, axis) =>
    Math.round(
      at +
        x * (rays.across[axis] as number) +
        y * (rays.down[axis] as number) +
        depth_mm * (rays.along[axis] as number),
    ),
  ) as [number, number, number];
  const voxel: Triple = [slice, row, column];
  return voxel.every((at, axis) => at >= 0 && at < (shape[axis] as number)) ? voxel : null;
}
