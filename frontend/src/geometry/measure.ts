/** Lengths and angles in the patient, from places in voxel coordinates: voxels need not be cubes, nor axes straight. */

import type { Triple } from "./planeView";

type Affine = readonly (readonly number[])[];
type Vector = [number, number, number];

/** The step from one place (z, y, x) to another, in millimetres of the patient. */
function step(affine: Affine, from: Triple, to: Triple): Vector {
  const [z, y, x] = from.map((at, axis) => (to[axis] as number) - at) as Vector;
  return [0, 1, 2].map((row) => affine[row]![0]! * x + affine[row]![1]! * y + affine[row]![2]! * z) as Vector;
}

/** Millimetres between two places (z, y, x), which may lie between voxels. */
export function length_mm(affine: Affine, from: Triple, to: Triple): number {
  return Math.hypot(...step(affine, from, to));
}

/** The angle at `corner` between the ways to `a` and to `b`, 0..180 degrees; null where one of them is the corner. */
export function angle_degrees(affine: Affine, a: Triple, corner: Triple, b: Triple): number | null {
  const [first, second] = [step(affine, corner, a), step(affine, corner, b)];
  const lengths = Math.hypot(...first) * Math.hypot(...second);
  if (lengths === 0) return null;
  const cosine = first.reduce((sum, at, axis) => sum + at * (second[axis] as number), 0) / lengths;
  return (Math.acos(Math.max(-1, Math.min(1, cosine))) * 180) / Math.PI;
}
