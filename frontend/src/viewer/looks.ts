/** Which panes are shown where, and how far each plane in them is zoomed and moved; all places are canvas px. */

import { type Layout, layOut, type Pane } from "../geometry/layout";
import { PLANES, type Plane, type PlaneAxes, planesOf } from "../geometry/orientation";
import { FITTED, type Look, PlaneView, type Rect, type Triple } from "../geometry/planeView";
import type { ViewedVolume } from "./types";

export class PlaneLooks {
  private readonly planes: Record<Plane, PlaneAxes>;
  /** The plane that is large where nothing else was chosen: the one the labels are propagated along. */
  private readonly home: Plane;
  private readonly looks = new Map<Plane, Look>();
  private rects: ReadonlyMap<Pane, Rect> = new Map();
  private current = new Map<Plane, PlaneView>();

  constructor(
    private readonly volume: Pick<ViewedVolume, "shape" | "spacing_mm" | "affine">,
    axis: 0 | 1 | 2,
  ) {
    this.planes = planesOf(volume.affine);
    this.home = PLANES.find((plane) => this.planes[plane].normal === axis) ?? "axial";
  }

  /** The planes on screen. Always up to date: several gestures may come in one frame, each after the one before. */
  get views(): ReadonlyMap<Plane, PlaneView> {
    return this.current;
  }

  /** Where the volume is seen from outside, if it is. */
  get whole(): Rect | null {
    return this.rects.get("volume") ?? null;
  }

  arrange({ width, height }: { width: number; height: number }, layout: Layout, large: Pane): void {
    this.rects = layOut(width, height, layout, large, this.home);
    this.lookAgain();
  }

  under(x: number, y: number): [Plane, PlaneView] | null {
    return [...this.current].find(([, view]) => view.contains(x, y)) ?? null;
  }

  /** The voxel under a pixel, on the slices that the crosshair is on; null beside them. */
  voxelUnder(x: number, y: number, crosshair: Triple): [number, number, number] | null {
    const view = this.under(x, y)?.[1];
    return view?.voxelAt(x, y, crosshair[view.axes.normal]) ?? null;
  }

  reset(): void {
    this.looks.clear();
    this.lookAgain();
  }

  /** Move the plane under a pixel. */
  pan(x: number, y: number, dx: number, dy: number): void {
    const found = this.under(x, y);
    if (found) this.move(...found, dx, dy);
    this.lookAgain();
  }

  /** Zoom the plane under a pixel around it; linked, the others get its scale, around the crosshair. */
  zoom(x: number, y: number, factor: number, linkedTo: Triple | null): void {
    const found = this.under(x, y);
    if (!found) return;
    const [plane, view] = found;
    const look = view.zoomedAt(x, y, factor);
    const scale = (view.scale * look.zoom) / view.look.zoom;
    if (linkedTo) this.zoomEach(linkedTo, (other) => scale / other.scale);
    this.looks.set(plane, look);
    this.lookAgain();
  }

  /** Zoom every plane around the crosshair. */
  zoomAll(crosshair: Triple, factor: number): void {
    this.zoomEach(crosshair, () => factor);
    this.lookAgain();
  }

  /** Where the crosshair leaves a pane, the pane goes after it; one that was moved away on purpose stays. */
  follow(from: Triple, to: Triple): void {
    for (const [plane, view] of this.current) {
      const [before, now] = [view.pointOf(from), view.pointOf(to)];
      if (!view.contains(before.x, before.y) || view.contains(now.x, now.y)) continue;
      const { left, top, width, height } = view.rect;
      this.move(plane, view, left + width / 2 - now.x, top + height / 2 - now.y);
    }
    this.lookAgain();
  }

  private move(plane: Plane, { look }: PlaneView, dx: number, dy: number): void {
    this.looks.set(plane, { ...look, panX: look.panX + dx, panY: look.panY + dy });
  }

  private zoomEach(crosshair: Triple, factor: (view: PlaneView) => number): void {
    for (const [plane, view] of this.current) {
      const { x, y } = view.pointOf(crosshair);
      this.looks.set(plane, view.zoomedAt(x, y, factor(view)));
    }
  }

  private lookAgain(): void {
    const { shape, spacing_mm } = this.volume;
    this.current = new Map();
    for (const plane of PLANES) {
      const rect = this.rects.get(plane);
      const look = this.looks.get(plane) ?? FITTED;
      if (rect) this.current.set(plane, new PlaneView(this.planes[plane], rect, shape, spacing_mm, look));
    }
  }
}
