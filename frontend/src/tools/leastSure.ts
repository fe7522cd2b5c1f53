/** Where a look is worth most: the slice on which the model is least sure of a label. */

import type { SliceSummary, SliceTable } from "../store/sliceTable";

export interface Doubt {
  readonly z: number;
  readonly label: number;
  /** 0..1. */
  readonly confidence: number;
}

/** Of the slices that nobody has prompted, painted or reviewed, and that `isSeen` does not know, the most doubtful. */
export function leastSure(slices: SliceTable, isSeen: (z: number, slice: SliceSummary) => boolean): Doubt | null {
  let least: Doubt | null = null;
  for (let z = 0; z < slices.length; z++) {
    const slice = slices.at(z);
    if (!slice || (slice.trust !== "model" && slice.trust !== "interpolated") || isSeen(z, slice)) continue;
    for (const [label, level] of slice.confidence) {
      const confidence = level / 255;
      if (!least || confidence < least.confidence) least = { z, label, confidence };
    }
  }
  return least;
}
