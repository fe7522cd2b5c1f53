/** What a stroke may paint over. */

/** Everything, only background, or only voxels of one label. */
export type Over = "everything" | "background" | number;

export interface PaintRule {
  /** The label that voxels get; 0 erases. */
  readonly value: number;
  readonly over: Over;
  /** Labels that are locked: none of their voxels is painted over. */
  readonly spared: ReadonlySet<number>;
}

/** Whether a voxel that has the label `here` is painted. */
export function mayPaint({ value, over, spared }: PaintRule, here: number): boolean {
  if (here === value || spared.has(here)) return false;
  // There is nothing to erase in the background: then an eraser takes everything.
  if (over === "everything" || (over === "background" && value === 0)) return true;
  return over === "background" ? here === 0 : here === over;
}
