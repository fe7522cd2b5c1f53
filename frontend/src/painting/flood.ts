/** The connected part of a slice around a voxel, through edges, not corners. */

import type { Axis, Triple } from "./brush";

/** The two axes of a slice across `normal`, in order. */
export function sliceAxes(normal: Axis): readonly [Axis, Axis] {
  return normal === 0 ? [1, 2] : normal === 1 ? [0, 2] : [0, 1];
}

export interface Flooded {
  readonly voxels: readonly Triple[];
  /** Whether it reaches the edge of the slice: then nothing encloses it there. */
  readonly isOpen: boolean;
}

/** All voxels of the slice for which `belongs` that are connected to `start`; none if it does not belong itself. */
export function flood(shape: Triple, normal: Axis, start: Triple, belongs: (voxel: Triple) => boolean): Flooded {
  const [down, right] = sliceAxes(normal);
  const [rows, columns] = [shape[down], shape[right]];
  const seen = new Uint8Array(rows * columns);
  const waiting: Triple[] = [start];
  const voxels: Triple[] = [];
  let isOpen = false;
  seen[start[down] * columns + start[right]] = 1;
  for (let voxel = waiting.pop(); voxel; voxel = waiting.pop()) {
    if (!belongs(voxel)) continue;
    voxels.push(voxel);
    for (const [axis, step] of [
      [down, -1],
      [down, 1],
      [right, -1],
      [right, 1],
    ] as const) {
      const next: [number, number, number] = [...voxel];
      next[axis] += step;
      if (next[axis] < 0 || next[axis] >= shape[axis]) isOpen = true;
      else if (!seen[next[down] * columns + next[right]]) {
        seen[next[down] * columns + next[right]] = 1;
        waiting.push(next);
      }
    }
  }
  return { voxels, isOpen };
}
