/** The drawing tool in hand and the stroke that is being made with it. */

import type { Plane } from "../geometry/orientation";
import type { PlaneView, Triple } from "../geometry/planeView";
import type { PromptShape } from "./promptShapes";
import { Stroke } from "./stroke";
import type { DrawingTool } from "./types";

export class StrokeHand {
  private stroke: Stroke | null = null;

  constructor(public tool: DrawingTool) {}

  /** Whether a drag draws. */
  get draws(): boolean {
    return this.tool.kind !== "point";
  }

  get isDrawing(): boolean {
    return this.stroke !== null;
  }

  begin([plane, view]: readonly [Plane, PlaneView], start: Triple, inverted: boolean): void {
    if (this.tool.kind !== "point") this.stroke = new Stroke(this.tool.kind, plane, view.axes, inverted, start);
  }

  /** Beside the slice the stroke runs along its edge; canvas px. */
  extend(views: ReadonlyMap<Plane, PlaneView>, x: number, y: number): void {
    const view = this.stroke && views.get(this.stroke.plane);
    if (this.stroke && view) this.stroke.extend(view.nearestVoxel(x, y, this.stroke.normalIndex));
  }

  /** Put the stroke away and return it. */
  end(): Stroke | null {
    const ended = this.stroke;
    this.stroke = null;
    return ended;
  }

  /** What is drawn so far, and on which plane. */
  ghost(): { readonly plane: Plane; readonly shape: PromptShape } | null {
    if (!this.stroke) return null;
    const { colour, positive } = this.tool;
    const { plane, inverted, prompt } = this.stroke;
    return { plane, shape: { ...prompt, colour, positive: positive !== inverted, pending: true } };
  }
}
