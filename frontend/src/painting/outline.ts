/** The voxels inside a closed outline on a slice. */

import type { Axis, Triple } from "./brush";
import { sliceAxes } from "./flood";

/**
 * Calls `visit` for every voxel of the slice whose centre lies inside the outline (even-odd: what is enclosed twice is
 * outside). The last place is joined to the first one; places are (z, y, x), whole numbers are centres.
 */
export function fillOutline(
  shape: Triple,
  normal: Axis,
  outline: readonly Triple[],
  visit: (voxel: Triple) => void,
): void {
  const [down, right] = sliceAxes(normal);
  const first = outline[0];
  if (!first) return;
  const voxel: [number, number, number] = [0, 0, 0];
  voxel[normal] = Math.round(first[normal]);
  const rows = outline.map((place) => place[down]);
  for (
    let row = Math.max(0, Math.ceil(Math.min(...rows)));
    row <= Math.min(shape[down] - 1, Math.max(...rows));
    row++
  ) {
    const crossings = crossingsOf(outline, row, down, right);
    for (let pair = 0; pair + 1 < crossings.length; pair += 2) {
      const from = Math.max(0, Math.ceil(crossings[pair] as number));
      const to = Math.min(shape[right] - 1, Math.floor(crossings[pair + 1] as number));
      for (let column = from; column <= to; column++) {
        voxel[down] = row;
        voxel[right] = column;
        visit([...voxel]);
      }
    }
  }
}

/** Where the outline crosses a row, ascending; an edge holds its upper end and not its lower one. */
function crossingsOf(outline: readonly Triple[], row: number, down: Axis, right: Axis): number[] {
  const crossings: number[] = [];
  outline.forEach((from, place) => {
    const to = outline[(place + 1) % outline.length] as Triple;
    if (from[down] <= row === to[down] <= row) return;
    const share = (row - from[down]) / (to[down] - from[down]);
    crossings.push(from[right] + share * (to[right] - from[right]));
  });
  return crossings.sort((a, b) => a - b);
}
