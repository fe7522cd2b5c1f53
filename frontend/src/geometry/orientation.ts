/**
 * Which storage axis each anatomical plane runs along, for any affine: axes never move, the view adapts.
 *
 * Radiological convention: the patient's right is on the left of the screen, axial slices are seen from the feet,
 * sagittal ones from the patient's left with the face to the left. Oblique volumes show their nearest axes.
 */

export type Plane = "axial" | "coronal" | "sagittal";
export const PLANES: readonly Plane[] = ["axial", "coronal", "sagittal"];

/** Index of a storage axis among (z, y, x). */
export type StorageAxis = 0 | 1 | 2;
type Letters = readonly [negative: string, positive: string];

/** A storage axis and whether its index grows (1) or falls (-1) in a direction. */
export interface Direction {
  readonly axis: StorageAxis;
  readonly step: 1 | -1;
}

export interface PlaneAxes {
  /** Towards the right edge of the screen. */
  readonly right: Direction;
  /** Towards the lower edge of the screen. */
  readonly down: Direction;
  readonly normal: StorageAxis;
  /** Orientation letters at the screen's edges. */
  readonly edges: { readonly left: string; readonly right: string; readonly top: string; readonly bottom: string };
}

const LETTERS: readonly Letters[] = [
  ["L", "R"],
  ["P", "A"],
  ["I", "S"],
];

/** For each world axis (R, A, S) the storage axis nearest to it, stepping towards its positive end. */
export function nearestAxes(affine: readonly (readonly number[])[]): [Direction, Direction, Direction] {
  const cosines = [0, 1, 2].map((world) => [0, 1, 2].map((voxel) => cosine(affine, world, voxel)));
  const taken = new Set<number>();
  const found = new Map<number, Direction>();
  const pairs = [0, 1, 2].flatMap((world) => [0, 1, 2].map((voxel) => ({ world, voxel })));
  const size = ({ world, voxel }: { world: number; voxel: number }) => Math.abs(cosines[world]![voxel]!);
  for (const pair of pairs.sort((a, b) => size(b) - size(a))) {
    if (found.has(pair.world) || taken.has(pair.voxel)) continue;
    taken.add(pair.voxel);
    // Voxel axes of an affine are (x, y, z); storage axes are (z, y, x).
    const axis = (2 - pair.voxel) as StorageAxis;
    found.set(pair.world, { axis, step: cosines[pair.world]![pair.voxel]! < 0 ? -1 : 1 });
  }
  return [found.get(0)!, found.get(1)!, found.get(2)!];
}

function cosine(affine: readonly (readonly number[])[], world: number, voxel: number): number {
  const length = Math.hypot(...[0, 1, 2].map((row) => affine[row]![voxel]!));
  return length > 0 ? affine[world]![voxel]! / length : 0;
}

function reversed(direction: Direction): Direction {
  return { axis: direction.axis, step: direction.step === 1 ? -1 : 1 };
}

/** The three planes of a volume. */
export function planesOf(affine: readonly (readonly number[])[]): Record<Plane, PlaneAxes> {
  const [right, anterior, superior] = nearestAxes(affine);
  const [sides, faces, ends] = LETTERS as [Letters, Letters, Letters];
  const acrossEdges = { left: sides[1], right: sides[0] };
  return {
    axial: {
      right: reversed(right),
      down: reversed(anterior),
      normal: superior.axis,
      edges: { ...acrossEdges, top: faces[1], bottom: faces[0] },
    },
    coronal: {
      right: reversed(right),
      down: reversed(superior),
      normal: anterior.axis,
      edges: { ...acrossEdges, top: ends[1], bottom: ends[0] },
    },
    sagittal: {
      right: reversed(anterior),
      down: reversed(superior),
      normal: right.axis,
      edges: { left: faces[1], right: faces[0], top: ends[1], bottom: ends[0] },
    },
  };
}

/** RAS millimetres of a storage voxel (z, y, x). */
export function millimetres(
  affine: readonly (readonly number[])[],
  [z, y, x]: readonly [number, number, number],
): [number, number, number] {
  const at = (row: number) => affine[row]![0]! * x + affine[row]![1]! * y + affine[row]![2]! * z + affine[row]![3]!;
  return [at(0), at(1), at(2)];
}
