/**
 * The labels as they are shown: what the server has sent, and over it strokes that the server has not carried out yet.
 *
 * So a stroke is seen at once, and no slice that was computed before it wipes it away meanwhile.
 */

import type { Box, LabelSlice, LabelVolume } from "../volume/labelVolume";
import { LabelVolume as Labels } from "../volume/labelVolume";
import type { Axis, Triple } from "./brush";
import { mayPaint, type PaintRule } from "./paintRule";
import { boxOf, forEachWithin, GrowingRegion, type Region } from "./region";

export interface ShownStroke {
  readonly label: number;
  readonly region: Region;
}

export class PaintedVolume {
  private readonly sent: LabelVolume;
  private strokes: readonly ShownStroke[] = [];
  private growing: { readonly region: GrowingRegion; readonly rule: PaintRule } | null = null;

  /** `shown` is filled here and by nobody else. */
  constructor(
    readonly shown: LabelVolume,
    private readonly valueAt: (voxel: Triple) => number | null,
  ) {
    this.sent = new Labels(shown.shape);
  }

  /** Take a slice of the server. Returns what is to be drawn again. */
  apply(axis: Axis, slice: LabelSlice): Box {
    const box = this.sent.apply(axis, slice);
    this.show(box);
    return box;
  }

  /** The finished strokes that the server may not have carried out. Returns what is to be drawn again. */
  setStrokes(strokes: readonly ShownStroke[]): Box[] {
    const changed = [
      ...this.strokes.filter((stroke) => !strokes.includes(stroke)),
      ...strokes.filter((stroke) => !this.strokes.includes(stroke)),
    ].map(({ region }) => boxOf(region));
    this.strokes = strokes;
    for (const box of changed) this.show(box);
    return changed;
  }

  begin(rule: PaintRule): void {
    this.growing = { region: new GrowingRegion(this.shown.shape), rule };
  }

  /** Let the stroke under way cover a voxel, if it may. */
  cover(voxel: Triple): boolean {
    if (!this.growing) return false;
    const { held } = this.growing.rule;
    if (held.slices.has(voxel[held.axis] as number)) return false;
    if (!mayPaint(this.growing.rule, this.shown.at(voxel), this.valueAt(voxel))) return false;
    this.growing.region.add(voxel);
    this.shown.data[(voxel[0] * this.shown.shape[1] + voxel[1]) * this.shown.shape[2] + voxel[2]] =
      this.growing.rule.value;
    return true;
  }

  /** The stroke under way ends; it goes on to be shown only if it comes back with `setStrokes`. */
  end(): { stroke: ShownStroke; box: Box } | null {
    const { growing } = this;
    this.growing = null;
    const region = growing?.region.region();
    if (!growing || !region) return null;
    const box = boxOf(region);
    this.show(box);
    return { stroke: { label: growing.rule.value, region }, box };
  }

  private show(box: Box): void {
    this.shown.copyBox(this.sent, box);
    const { data, shape } = this.shown;
    const growing = this.growing?.region.region();
    const under = growing && this.growing ? [{ label: this.growing.rule.value, region: growing }] : [];
    for (const { label, region } of [...this.strokes, ...under]) {
      forEachWithin(region, box, shape, (offset) => {
        data[offset] = label;
      });
    }
  }
}
