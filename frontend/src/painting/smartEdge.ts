/**
 * A brush that stops at edges: of the voxels under it only those that look like the middle and are connected to it.
 *
 * Where the values under the brush fall into two groups (Otsu 1979) that lie well apart, the group of the middle counts;
 * where they do not, there is no edge, and all of them do.
 */

import type { Triple } from "./brush";

const BINS = 32;
/** So many times their common spread two groups must lie apart to be two; halves of an even ramp lie 3.5 times apart. */
const APART = 4;

/** The value that parts two groups best, and whether they lie well apart. */
export function parted(values: readonly number[]): { readonly at: number; readonly isEdge: boolean } {
  const low = values.reduce((least, value) => Math.min(least, value), Infinity);
  const high = values.reduce((most, value) => Math.max(most, value), -Infinity);
  if (!(high > low)) return { at: low, isEdge: false };
  let best = { at: low, between: -1 };
  for (let bin = 1; bin < BINS; bin++) {
    const at = low + ((high - low) * bin) / BINS;
    const [below, above] = split(values, at);
    const gap = above.mean - below.mean;
    const between = below.count && above.count ? below.count * above.count * gap * gap : -1;
    if (between > best.between) best = { at, between };
  }
  const [below, above] = split(values, best.at);
  const spread = Math.sqrt((below.squares + above.squares) / values.length);
  return { at: best.at, isEdge: above.mean - below.mean > APART * spread };
}

interface Group {
  readonly count: number;
  readonly mean: number;
  /** Sum of the squared distances from the mean. */
  readonly squares: number;
}

function split(values: readonly number[], at: number): [Group, Group] {
  return [grouped(values.filter((value) => value < at)), grouped(values.filter((value) => value >= at))];
}

function grouped(values: readonly number[]): Group {
  const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  return { count: values.length, mean, squares: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) };
}

/** Of the voxels under the brush those on the same side of the edge as `middle`, connected to it. */
export function alike(under: readonly Triple[], middle: Triple, valueAt: (voxel: Triple) => number | null): Triple[] {
  const values = new Map<string, number>();
  for (const voxel of under) values.set(voxel.join(), valueAt(voxel) ?? 0);
  const here = values.get(middle.join());
  if (here === undefined) return [];
  const { at, isEdge } = parted([...values.values()]);
  const isAlike = (value: number) => !isEdge || value < at === here < at;
  return connectedTo(middle, (voxel) => {
    const value = values.get(voxel.join());
    return value !== undefined && isAlike(value);
  });
}

function connectedTo(middle: Triple, belongs: (voxel: Triple) => boolean): Triple[] {
  const seen = new Set([middle.join()]);
  const found: Triple[] = [];
  const waiting: Triple[] = [middle];
  for (let voxel = waiting.pop(); voxel; voxel = waiting.pop()) {
    if (!belongs(voxel)) continue;
    found.push(voxel);
    for (const axis of [0, 1, 2] as const) {
      for (const step of [-1, 1]) {
        const next: [number, number, number] = [...voxel];
        next[axis] += step;
        if (seen.has(next.join())) continue;
        seen.add(next.join());
        waiting.push(next);
      }
    }
  }
  return found;
}
