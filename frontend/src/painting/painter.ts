/** What the painting tools do to the labels on screen, voxel by voxel. */

import type { Box } from "../volume/labelVolume";
import { type Axis, type Grid, sweep, type Triple, voxelAt } from "./brush";
import { flood } from "./flood";
import { fillOutline } from "./outline";
import type { PaintedVolume } from "./paintedVolume";
import { isWithin, type PaintRule, type Range } from "./paintRule";
import { alike } from "./smartEdge";

export interface BrushShape {
  readonly radius_mm: number;
  /** Through the neighbouring slices too. */
  readonly ball: boolean;
  /** Stops at edges of the image. */
  readonly smart: boolean;
}

type ValueAt = (voxel: Triple) => number | null;

export class Painter {
  constructor(
    private readonly grid: Grid,
    readonly painted: PaintedVolume,
    private readonly valueAt: ValueAt,
  ) {}

  /** Paint on the way from one place to another. Returns what has changed. */
  brush(shape: BrushShape, normal: Axis, from: Triple, to: Triple): Box | null {
    const changed = new Changed();
    const brush = { radius_mm: shape.radius_mm, flat: shape.ball ? null : normal };
    const under: Triple[] = [];
    const take = (voxel: Triple) => this.painted.cover(voxel) && changed.add(voxel);
    sweep(this.grid, brush, shape.smart ? to : from, to, (voxel) => (shape.smart ? under.push(voxel) : take(voxel)));
    for (const voxel of shape.smart ? alike(under, voxelAt(to), this.valueAt) : []) take(voxel);
    return changed.box;
  }

  /** Paint what an outline encloses, on its slice or through all of them. Returns what has changed. */
  outline(normal: Axis, outline: readonly Triple[], through: boolean): Box | null {
    const changed = new Changed();
    fillOutline(this.grid.shape, normal, outline, (voxel) => {
      const place: [number, number, number] = [...voxel];
      const [first, last] = through ? [0, this.grid.shape[normal] - 1] : [voxel[normal], voxel[normal]];
      for (place[normal] = first; place[normal] <= last; place[normal]++) {
        if (this.painted.cover([...place])) changed.add(place);
      }
    });
    return changed.box;
  }

  /**
   * Paint the connected part of the slice that has the same label as a voxel, or, with a range of values, those values.
   * Returns what has changed, or "open" for background that nothing encloses.
   */
  fill(rule: PaintRule, normal: Axis, start: Triple): Box | "open" | null {
    const changed = new Changed();
    const here = this.painted.shown.at(start);
    const { range } = rule;
    const belongs = (voxel: Triple) =>
      range ? isWithin(range, this.valueAt(voxel)) : this.painted.shown.at(voxel) === here;
    const { voxels, isOpen } = flood(this.grid.shape, normal, start, belongs);
    if (isOpen && here === 0 && !range) return "open";
    for (const voxel of voxels) if (this.painted.cover(voxel)) changed.add(voxel);
    return changed.box;
  }

  /** The lowest and the highest value under the brush. */
  rangeUnder(shape: BrushShape, normal: Axis, place: Triple): Range | null {
    let [low, high] = [Infinity, -Infinity];
    const brush = { radius_mm: shape.radius_mm, flat: shape.ball ? null : normal };
    sweep(this.grid, brush, place, place, (voxel) => {
      const value = this.valueAt(voxel);
      if (value !== null) [low, high] = [Math.min(low, value), Math.max(high, value)];
    });
    return low <= high ? { low, high } : null;
  }
}

/** The smallest box around voxels. */
class Changed {
  private readonly low: [number, number, number] = [Infinity, Infinity, Infinity];
  private readonly high: [number, number, number] = [0, 0, 0];

  add(voxel: Triple): void {
    for (const axis of [0, 1, 2] as const) {
      this.low[axis] = Math.min(this.low[axis], voxel[axis]);
      this.high[axis] = Math.max(this.high[axis], voxel[axis] + 1);
    }
  }

  get box(): Box | null {
    return this.high[0] === 0 ? null : { low: [...this.low], high: [...this.high] };
  }
}
