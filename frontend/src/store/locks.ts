/** Which labels and which slices are locked, as the active edits leave it. */

import type { Prompt } from "../protocol/protocol";

export interface Locks {
  readonly labels: ReadonlySet<number>;
  /** Indices along the propagation axis. */
  readonly slices: ReadonlySet<number>;
}

export function locksOf(edits: readonly Prompt[], axis: number): Locks {
  const labels = new Set<number>();
  const slices = new Set<number>();
  for (const { kind, label, positive, voxels } of edits) {
    if (kind !== "lock") continue;
    const place = voxels[0]?.[axis] ?? label;
    const places = voxels.length > 0 ? slices : labels;
    if (positive) places.add(place);
    else places.delete(place);
  }
  return { labels, slices };
}
