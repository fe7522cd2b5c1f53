/** What a stroke may paint over. */

/** Everything, only background, or only voxels of one label. */
export type Over = "everything" | "background" | number;

export interface PaintRule {
  /** The label that voxels get; 0 erases. */
  readonly value: number;
  readonly over: Over;
  /** Labels that are locked: none of their voxels is painted over. */
  readonly spared: ReadonlySet<number>;
  /** Slices across an axis that are locked. */
  readonly held: { readonly axis: number; readonly slices: ReadonlySet<number> };
  /** Only voxels with real values in this range, both ends included; null for any value. */
  readonly range: Range | null;
}

export interface Range {
  readonly low: number;
  readonly high: number;
}

/** Whether a voxel of the real value `intensity` (null where it is not known yet) is within a range. */
export function isWithin(range: Range | null, intensity: number | null): boolean {
  return range === null || (intensity !== null && intensity >= range.low && intensity <= range.high);
}

/** Whether a voxel that has the label `here` is painted. */
export function mayPaint({ value, over, spared, range }: PaintRule, here: number, intensity: number | null): boolean {
  if (here === value || spared.has(here) || spared.has(value) || !isWithin(range, intensity)) return false;
  // There is nothing to erase in the background: then an eraser takes everything.
  if (over === "everything" || (over === "background" && value === 0)) return true;
  return over === "background" ? here === 0 : here === over;
}
