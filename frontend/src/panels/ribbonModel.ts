/** What the slice ribbon draws, apart from how: one column a slice along the propagation axis. */

import type { Prompt, Trust } from "../protocol/protocol";
import type { SliceSummary, SliceTable } from "../store/sliceTable";

export interface RibbonColumn {
  readonly trust: Trust | null;
  /** Computed for the revision that is shown (older slices are as they were). */
  readonly fresh: boolean;
  /** Confidence 0..1 of each label that is present. */
  readonly present: ReadonlyMap<number, number>;
}

export interface RibbonMark {
  readonly z: number;
  readonly label: number;
  readonly positive: boolean;
}

export function ribbonColumns(slices: SliceTable, revision: number): RibbonColumn[] {
  return Array.from({ length: slices.length }, (_, z) => columnOf(slices.at(z), revision));
}

function columnOf(slice: SliceSummary | undefined, revision: number): RibbonColumn {
  if (!slice) return { trust: null, fresh: false, present: new Map() };
  const present = new Map<number, number>();
  for (const label of slice.counts.keys()) present.set(label, (slice.confidence.get(label) ?? 255) / 255);
  return { trust: slice.trust, fresh: slice.revision === revision, present };
}

/** One mark a prompt and slice. `axis` is the propagation axis among (z, y, x). */
export function ribbonMarks(
  prompts: readonly Pick<Prompt, "label" | "positive" | "voxels">[],
  axis: number,
): RibbonMark[] {
  return prompts.flatMap(({ label, positive, voxels }) =>
    [...new Set(voxels.map((voxel) => voxel[axis] as number))].map((z) => ({ z, label, positive })),
  );
}

/** The slice under a horizontal position of a ribbon that is `width` wide. */
export function sliceAt(x: number, width: number, slices: number): number {
  return Math.max(0, Math.min(slices - 1, Math.floor((x / width) * slices)));
}

/** `Slice 46 · prompted · Liver 88 %` */
export function columnSentence(z: number, column: RibbonColumn, nameOf: (label: number) => string): string {
  const labels = [...column.present].map(([label, sure]) => `${nameOf(label)} ${Math.round(sure * 100)} %`);
  return [`Slice ${z + 1}`, column.trust ?? "not computed", ...labels].join(" · ");
}
