/** What is known of each slice along the propagation axis; the voxels themselves are the viewer's. */

import type { Frame, Trust } from "../protocol/protocol";

export interface SliceSummary {
  readonly revision: number;
  readonly sequence: number;
  readonly trust: Trust;
  /** Confidence 0..255 of each label. */
  readonly confidence: ReadonlyMap<number, number>;
  /** Voxels of each label that is present. */
  readonly counts: ReadonlyMap<number, number>;
}

export class SliceTable {
  private readonly slices: (SliceSummary | undefined)[];
  private readonly totals = new Map<number, number>();

  constructor(readonly length: number) {
    this.slices = new Array<SliceSummary | undefined>(length).fill(undefined);
  }

  at(z: number): SliceSummary | undefined {
    return this.slices[z];
  }

  /** Take a frame unless it is older than what is here. Returns whether it is to be shown. */
  accept(frame: Frame): boolean {
    const present = this.slices[frame.z];
    if (frame.z >= this.length || (present && !isNewer(frame, present))) return false;
    const counts = countVoxels(frame.labels);
    for (const [label, voxels] of present?.counts ?? []) this.addTo(label, -voxels);
    for (const [label, voxels] of counts) this.addTo(label, voxels);
    this.slices[frame.z] = {
      revision: frame.revision,
      sequence: frame.sequence,
      trust: frame.trust,
      confidence: new Map(frame.confidence),
      counts,
    };
    return true;
  }

  /** Voxels of a label in the whole volume. */
  total(label: number): number {
    return this.totals.get(label) ?? 0;
  }

  labelCounts(): Record<number, number> {
    return Object.fromEntries([...this.totals].filter(([, voxels]) => voxels > 0));
  }

  slicesWith(label: number): number[] {
    return this.indices((slice) => slice.counts.has(label));
  }

  /** How many slices were computed for a revision (the rest is as it was). */
  countAt(revision: number): number {
    return this.indices((slice) => slice.revision === revision).length;
  }

  private indices(wanted: (slice: SliceSummary) => boolean): number[] {
    return this.slices.flatMap((slice, z) => (slice && wanted(slice) ? [z] : []));
  }

  private addTo(label: number, voxels: number): void {
    this.totals.set(label, (this.totals.get(label) ?? 0) + voxels);
  }
}

function isNewer(frame: Frame, present: SliceSummary): boolean {
  return frame.revision === present.revision ? frame.sequence > present.sequence : frame.revision > present.revision;
}

function countVoxels(labels: Uint8Array): Map<number, number> {
  const histogram = new Uint32Array(256);
  for (const label of labels) (histogram as { [label: number]: number })[label]!++;
  const counts = new Map<number, number>();
  histogram.forEach((voxels, label) => {
    if (label !== 0 && voxels > 0) counts.set(label, voxels);
  });
  return counts;
}
