/** Rulers and angles on the planes: takes the left button while a measuring tool is in hand, and draws them. */

import { angle_degrees, length_mm } from "../geometry/measure";
import type { Plane } from "../geometry/orientation";
import type { PlaneView, Triple } from "../geometry/planeView";
import type { MeasuringTool } from "../tools/viewSettings";

export interface MeasuredScene {
  readonly views: ReadonlyMap<Plane, PlaneView>;
  readonly crosshair: Triple;
  readonly affine: readonly (readonly number[])[];
  readonly pixelRatio: number;
}

/** Two places, or three with the corner in the middle, on one slice of one plane. */
export interface Measurement {
  readonly plane: Plane;
  readonly tool: MeasuringTool;
  readonly points: readonly Triple[];
}

const POINTS: Record<MeasuringTool, number> = { ruler: 2, angle: 3 };
const CLICK_PX = 4;
const INK = "#ffe08a";
const EDGE = "rgba(0, 0, 0, 0.75)";

/** What is measured, as people read it; empty while there is too little to measure. */
export function sayMeasurement({ tool, points }: Measurement, affine: MeasuredScene["affine"]): string {
  const [a, b, c] = points;
  if (tool === "angle" && a && b && c) {
    const degrees = angle_degrees(affine, a, b, c);
    return degrees === null ? "" : `${degrees.toFixed(1)}°`;
  }
  return a && b ? `${length_mm(affine, a, b).toFixed(1)} mm` : "";
}

export class MeasureLayer {
  private readonly canvas = document.createElement("canvas");
  private readonly ends = new AbortController();
  private tool: MeasuringTool | null = null;
  private finished: Measurement[] = [];
  private open: Measurement | null = null;
  private pressedAt: { x: number; y: number } | null = null;

  constructor(
    private readonly host: HTMLElement,
    private readonly scene: () => MeasuredScene,
    private readonly changed: () => void,
  ) {
    this.canvas.className = "viewer-layer";
    this.canvas.setAttribute("aria-hidden", "true");
    host.append(this.canvas);
    // Before the other gestures see them: what measures neither clicks nor drags.
    const on = (type: "pointerdown" | "pointermove" | "pointerup", act: (event: PointerEvent) => boolean) =>
      host.addEventListener(type, (event) => act(event) && event.stopPropagation(), {
        signal: this.ends.signal,
        capture: true,
      });
    on("pointerdown", (event) => this.press(event));
    on("pointermove", (event) => this.move(event));
    on("pointerup", (event) => this.release(event));
  }

  setTool(tool: MeasuringTool | null): void {
    this.tool = tool;
    this.cancel();
  }

  /** Forget the measurement that is not finished. */
  cancel(): void {
    this.open = null;
    this.pressedAt = null;
    this.changed();
  }

  clear(): void {
    this.finished = [];
    this.cancel();
  }

  draw(): void {
    const { canvas, host } = this;
    const scene = this.scene();
    const width = Math.max(1, Math.round(host.clientWidth * scene.pixelRatio));
    const height = Math.max(1, Math.round(host.clientHeight * scene.pixelRatio));
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const context = canvas.getContext("2d") as CanvasRenderingContext2D;
    context.clearRect(0, 0, width, height);
    for (const measurement of this.open ? [...this.finished, this.open] : this.finished) {
      const view = scene.views.get(measurement.plane);
      const onSlice = view && measurement.points[0]?.[view.axes.normal] === scene.crosshair[view.axes.normal];
      if (view && onSlice) drawMeasurement(context, measurement, view, scene);
    }
  }

  destroy(): void {
    this.ends.abort();
    this.canvas.remove();
  }

  private press(event: PointerEvent): boolean {
    const found = this.placeUnder(event);
    if (!this.tool || !found || event.button !== 0 || event.shiftKey || !event.isPrimary) return false;
    this.pressedAt = { x: event.clientX, y: event.clientY };
    if (!this.open) this.open = { plane: found.plane, tool: this.tool, points: [found.place, found.place] };
    this.changed();
    return true;
  }

  /** The last point follows the pointer, also between clicks. */
  private move(event: PointerEvent): boolean {
    if (!this.open) return false;
    this.follow(event);
    return this.pressedAt !== null;
  }

  private release(event: PointerEvent): boolean {
    const { open, pressedAt } = this;
    if (!open || !pressedAt) return false;
    const first = open.points.length === 2 && this.isWhereItBegan(event);
    this.pressedAt = null;
    if (first) return true;
    this.follow(event);
    const { points } = this.open as Measurement;
    if (points.length === POINTS[open.tool]) {
      this.finished.push({ ...open, points });
      this.open = null;
    } else this.open = { ...open, points: [...points, points.at(-1) as Triple] };
    this.changed();
    return true;
  }

  /** A press without a drag puts down the first point only. */
  private isWhereItBegan(event: PointerEvent): boolean {
    const [start] = this.open?.points ?? [];
    const view = this.open && this.scene().views.get(this.open.plane);
    if (!start || !view) return true;
    const { x, y } = this.onCanvas(event);
    const begun = view.pointOf(start);
    return Math.hypot(x - begun.x, y - begun.y) <= CLICK_PX * this.scene().pixelRatio;
  }

  private follow(event: PointerEvent): void {
    const { open } = this;
    const { views } = this.scene();
    const view = open && views.get(open.plane);
    if (!open || !view) return;
    const { x, y } = this.onCanvas(event);
    const place = view.placeAt(x, y, (open.points[0] as Triple)[view.axes.normal]);
    this.open = { ...open, points: [...open.points.slice(0, -1), place] };
    this.changed();
  }

  private placeUnder(event: PointerEvent): { plane: Plane; place: Triple } | null {
    const { views, crosshair } = this.scene();
    const { x, y } = this.onCanvas(event);
    const found = [...views].find(([, view]) => view.contains(x, y));
    if (!found) return null;
    const [plane, view] = found;
    return { plane, place: view.placeAt(x, y, crosshair[view.axes.normal]) };
  }

  private onCanvas(event: PointerEvent): { x: number; y: number } {
    const box = this.host.getBoundingClientRect();
    const { pixelRatio } = this.scene();
    return { x: (event.clientX - box.left) * pixelRatio, y: (event.clientY - box.top) * pixelRatio };
  }
}

function drawMeasurement(
  context: CanvasRenderingContext2D,
  measurement: Measurement,
  view: PlaneView,
  { affine, pixelRatio }: MeasuredScene,
): void {
  const points = measurement.points.map((place) => view.pointOf(place));
  context.save();
  context.beginPath();
  const { left, top, width, height } = view.rect;
  context.rect(left, top, width, height);
  context.clip();
  for (const [colour, thick] of [
    [EDGE, 4],
    [INK, 1.75],
  ] as const) {
    context.strokeStyle = colour;
    context.lineWidth = thick * pixelRatio;
    context.beginPath();
    for (const { x, y } of points) context.lineTo(x, y);
    for (const { x, y } of points) {
      context.moveTo(x + 3.5 * pixelRatio, y);
      context.arc(x, y, 3.5 * pixelRatio, 0, 2 * Math.PI);
    }
    context.stroke();
  }
  const at = points[measurement.tool === "angle" ? 1 : points.length - 1] ?? points[0];
  if (at) writeBeside(context, sayMeasurement(measurement, affine), at, pixelRatio);
  context.restore();
}

function writeBeside(
  context: CanvasRenderingContext2D,
  text: string,
  { x, y }: { x: number; y: number },
  unit: number,
): void {
  context.font = `600 ${Math.round(12.5 * unit)}px system-ui, sans-serif`;
  context.textBaseline = "bottom";
  context.lineWidth = 3 * unit;
  context.strokeStyle = EDGE;
  context.strokeText(text, x + 8 * unit, y - 6 * unit);
  context.fillStyle = INK;
  context.fillText(text, x + 8 * unit, y - 6 * unit);
}
