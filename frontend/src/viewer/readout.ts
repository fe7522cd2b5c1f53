/** What is said of the voxel under the pointer: its place in the patient, its value, its label. */

import { millimetres } from "../geometry/orientation";
import type { Triple } from "../geometry/planeView";
import type { ViewStyle } from "../tools/viewSettings";

/** Patient millimetres as numbers along the directions of `world`. */
export function inWorld(
  affine: readonly (readonly number[])[],
  voxel: Triple,
  world: ViewStyle["world"],
): [number, number, number] {
  const [right, anterior, superior] = millimetres(affine, voxel);
  return world === "RAS" ? [right, anterior, superior] : [-right, -anterior, superior];
}

/** One line, e.g. `LPS -12.0  3.1  40.0 mm   voxel 88 131 92   131 HU   Liver`; voxels are said (x, y, z). */
export function sayVoxel(said: {
  affine: readonly (readonly number[])[];
  voxel: Triple;
  world: ViewStyle["world"];
  value: number | null;
  unit: string;
  label: string | undefined;
}): string {
  const [z, y, x] = said.voxel;
  const place = inWorld(said.affine, said.voxel, said.world).map((at) => (at === 0 ? 0 : at).toFixed(1));
  const value = said.value === null ? "not loaded yet" : `${Number(said.value.toPrecision(4))} ${said.unit}`.trim();
  const parts = [`${said.world} ${place.join("  ")} mm`, `voxel ${x} ${y} ${z}`, value];
  if (said.label) parts.push(said.label);
  return parts.join("   ");
}
