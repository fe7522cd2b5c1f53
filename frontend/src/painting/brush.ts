/** Which voxels a round brush covers, in millimetres: a disc in a plane, or a ball. Places are (z, y, x) in voxels. */

export type Triple = readonly [number, number, number];
export type Axis = 0 | 1 | 2;

export interface Grid {
  readonly shape: Triple;
  readonly spacing_mm: Triple;
}

export interface Brush {
  readonly radius_mm: number;
  /** The axis that it does not reach along; null for a ball. */
  readonly flat: Axis | null;
}

/** Distances that differ by rounding alone are the same. */
const TOLERANCE_MM2 = 1e-9;

/**
 * Calls `visit` for every voxel whose centre the brush covers on its way from one place to another, and for the voxels
 * that hold the two places: so a brush smaller than a voxel paints too.
 */
export function sweep(grid: Grid, brush: Brush, from: Triple, to: Triple, visit: (voxel: Triple) => void): void {
  const { low, high } = reach(grid, brush, from, to);
  const [mmZ, mmY, mmX] = grid.spacing_mm;
  const [wayZ, wayY, wayX] = [(to[0] - from[0]) * mmZ, (to[1] - from[1]) * mmY, (to[2] - from[2]) * mmX];
  const length2 = wayZ * wayZ + wayY * wayY + wayX * wayX;
  const furthest2 = brush.radius_mm ** 2 + TOLERANCE_MM2;
  for (let z = low[0]; z < high[0]; z++) {
    for (let y = low[1]; y < high[1]; y++) {
      for (let x = low[2]; x < high[2]; x++) {
        const [awayZ, awayY, awayX] = [(z - from[0]) * mmZ, (y - from[1]) * mmY, (x - from[2]) * mmX];
        const along = length2 > 0 ? (awayZ * wayZ + awayY * wayY + awayX * wayX) / length2 : 0;
        const share = Math.max(0, Math.min(1, along));
        const distance2 = (awayZ - share * wayZ) ** 2 + (awayY - share * wayY) ** 2 + (awayX - share * wayX) ** 2;
        if (distance2 <= furthest2) visit([z, y, x]);
      }
    }
  }
  for (const end of [from, to].map(voxelAt)) if (isWithin(end, grid.shape)) visit(end);
}

/** The voxel that holds a place; whole numbers are centres. */
export function voxelAt(place: Triple): Triple {
  return [Math.round(place[0]), Math.round(place[1]), Math.round(place[2])];
}

export function isWithin(voxel: Triple, shape: Triple): boolean {
  return voxel.every((place, axis) => place >= 0 && place < (shape[axis] as number));
}

/** Half-open box of the voxels that may be covered. */
function reach(grid: Grid, brush: Brush, from: Triple, to: Triple): { low: Triple; high: Triple } {
  const span = ([0, 1, 2] as const).map((axis) => {
    if (brush.flat === axis) return [Math.round(from[axis]), Math.round(from[axis]) + 1] as const;
    const far = brush.radius_mm / grid.spacing_mm[axis];
    const first = Math.floor(Math.min(from[axis], to[axis]) - far);
    const last = Math.ceil(Math.max(from[axis], to[axis]) + far);
    return [Math.max(0, first), Math.min(grid.shape[axis], last + 1)] as const;
  }) as [readonly [number, number], readonly [number, number], readonly [number, number]];
  return { low: [span[0][0], span[1][0], span[2][0]], high: [span[0][1], span[1][1], span[2][1]] };
}
