/** How far each plane is zoomed and moved; zooming one takes the others along, if they are linked. */

import type { Pane } from "../geometry/layout";
import { PLANES, type Plane, type PlaneAxes } from "../geometry/orientation";
import { FITTED, type Look, PlaneView, type Rect, type Triple } from "../geometry/planeView";

type Views = ReadonlyMap<Plane, PlaneView>;

export class PlaneLooks {
  private readonly looks = new Map<Plane, Look>();

  constructor(
    private readonly planes: Record<Plane, PlaneAxes>,
    private readonly shape: Triple,
    private readonly spacing_mm: Triple,
  ) {}

  /** The views of the planes among the panes. */
  views(rects: ReadonlyMap<Pane, Rect>): Map<Plane, PlaneView> {
    const views = new Map<Plane, PlaneView>();
    for (const plane of PLANES) {
      const rect = rects.get(plane);
      const look = this.looks.get(plane) ?? FITTED;
      if (rect) views.set(plane, new PlaneView(this.planes[plane], rect, this.shape, this.spacing_mm, look));
    }
    return views;
  }

  reset(): void {
    this.looks.clear();
  }

  /** Move a plane by canvas pixels. */
  pan(plane: Plane, { look }: PlaneView, dx: number, dy: number): void {
    this.looks.set(plane, { ...look, panX: look.panX + dx, panY: look.panY + dy });
  }

  /** Zoom `plane` around a canvas pixel; linked, the others get its scale, around the crosshair. */
  zoom(views: Views, plane: Plane, at: { x: number; y: number }, factor: number, linkedTo: Triple | null): void {
    const view = views.get(plane);
    if (!view) return;
    const look = view.zoomedAt(at.x, at.y, factor);
    this.looks.set(plane, look);
    if (!linkedTo) return;
    const scale = (view.scale * look.zoom) / view.look.zoom;
    for (const [other, beside] of views) {
      const { x, y } = beside.pointOf(linkedTo);
      if (other !== plane) this.looks.set(other, beside.zoomedAt(x, y, scale / beside.scale));
    }
  }

  /** Zoom every plane around the crosshair. */
  zoomAll(views: Views, crosshair: Triple, factor: number): void {
    for (const [plane, view] of views) {
      const { x, y } = view.pointOf(crosshair);
      this.looks.set(plane, view.zoomedAt(x, y, factor));
    }
  }

  /** Where the crosshair leaves a pane, the pane goes after it; one that was moved away on purpose stays. */
  follow(views: Views, from: Triple, to: Triple): void {
    for (const [plane, view] of views) {
      const [before, now] = [view.pointOf(from), view.pointOf(to)];
      if (!view.contains(before.x, before.y) || view.contains(now.x, now.y)) continue;
      const { left, top, width, height } = view.rect;
      this.pan(plane, view, left + width / 2 - now.x, top + height / 2 - now.y);
    }
  }
}
