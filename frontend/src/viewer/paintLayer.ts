/** The hand on the planes: takes the left and the right button while a painting tool is in hand, and shows the brush. */

import type { Plane } from "../geometry/orientation";
import type { PlaneView, Triple } from "../geometry/planeView";
import { type Axis, type Brush, type Grid, sweep } from "../painting/brush";
import { PaintedVolume, type ShownStroke } from "../painting/paintedVolume";
import type { PaintRule } from "../painting/paintRule";
import type { Box, LabelSlice, LabelVolume } from "../volume/labelVolume";

/** A painting tool in hand. */
export interface PaintTool {
  readonly radius_mm: number;
  readonly ball: boolean;
  /** What the left button does, and what the right one. */
  readonly left: PaintRule;
  readonly right: PaintRule;
  readonly colour: string;
}

export interface PaintScene {
  readonly views: ReadonlyMap<Plane, PlaneView>;
  readonly crosshair: Triple;
  readonly pixelRatio: number;
}

export interface PaintEvents {
  /** A finished stroke. */
  onStroke(stroke: ShownStroke): void;
  /** The brush is to grow (1) or to shrink (-1). */
  onResizeBrush(by: 1 | -1): void;
}

interface Drag {
  readonly plane: Plane;
  readonly normalIndex: number;
  last: Triple;
}

export class PaintLayer {
  private readonly canvas = document.createElement("canvas");
  private readonly ends = new AbortController();
  private tool: PaintTool | null = null;
  private pointer: { readonly x: number; readonly y: number } | null = null;
  private drag: Drag | null = null;
  private asked = false;
  private readonly painted: PaintedVolume;
  /** When the pointer moved whose paint is not on screen yet, in ms of the page's clock. */
  private unseen: number | null = null;
  readonly latencies: number[] = [];

  constructor(
    private readonly host: HTMLElement,
    private readonly grid: Grid,
    labels: LabelVolume,
    private readonly scene: () => PaintScene,
    private readonly events: PaintEvents & { onChanged(boxes: readonly Box[]): void },
  ) {
    this.painted = new PaintedVolume(labels);
    this.canvas.className = "viewer-layer";
    this.canvas.setAttribute("aria-hidden", "true");
    host.append(this.canvas);
    // Before the other gestures see them: who paints neither clicks nor moves the image.
    this.on("pointerdown", (event) => this.press(event));
    this.on("pointermove", (event) => this.move(event));
    this.on("pointerup", () => this.release());
    this.on("pointercancel", () => this.release());
    this.on("wheel", (event) => this.turn(event));
    host.addEventListener("pointerleave", () => this.hover(null), { signal: this.ends.signal });
  }

  setTool(tool: PaintTool | null): void {
    this.tool = tool;
    this.draw();
  }

  /** Take a slice of the server. Returns what is to be drawn again. */
  apply(axis: Axis, slice: LabelSlice): Box {
    return this.painted.apply(axis, slice);
  }

  setStrokes(strokes: readonly ShownStroke[]): void {
    this.events.onChanged(this.painted.setStrokes(strokes));
  }

  /** Forget the stroke under way. */
  cancel(): void {
    if (!this.drag) return;
    this.drag = null;
    const ended = this.painted.end();
    if (ended) this.events.onChanged([ended.box]);
  }

  get isBusy(): boolean {
    return this.drag !== null;
  }

  destroy(): void {
    this.ends.abort();
    this.canvas.remove();
  }

  /** The brush as a circle of its true size. */
  draw(): void {
    this.drawBrush();
    if (this.unseen === null) return;
    const since = this.unseen;
    this.unseen = null;
    // After the frame that is drawn now has gone to the screen.
    requestAnimationFrame(() => this.latencies.push(performance.now() - since));
  }

  private drawBrush(): void {
    const { canvas, host, tool, pointer } = this;
    const { views, pixelRatio } = this.scene();
    const width = Math.max(1, Math.round(host.clientWidth * pixelRatio));
    const height = Math.max(1, Math.round(host.clientHeight * pixelRatio));
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const context = canvas.getContext("2d") as CanvasRenderingContext2D;
    context.clearRect(0, 0, width, height);
    const view = pointer && [...views.values()].find((shown) => shown.contains(pointer.x, pointer.y));
    if (!tool || !pointer || !view) return;
    drawCircle(context, view, pointer, tool, pixelRatio);
  }

  private on<K extends "pointerdown" | "pointermove" | "pointerup" | "pointercancel" | "wheel">(
    type: K,
    act: (event: HTMLElementEventMap[K]) => boolean,
  ): void {
    this.host.addEventListener(type, (event) => act(event) && event.stopPropagation(), {
      signal: this.ends.signal,
      capture: true,
      passive: false,
    });
  }

  private press(event: PointerEvent): boolean {
    if (!this.tool || event.shiftKey || event.button === 1 || !event.isPrimary || this.drag) return this.drag !== null;
    const { x, y } = this.onCanvas(event);
    const { views, crosshair } = this.scene();
    const found = [...views].find(([, view]) => view.contains(x, y));
    if (!found) return false;
    const [plane, view] = found;
    const normalIndex = crosshair[view.axes.normal];
    if (!view.voxelAt(x, y, normalIndex)) return false;
    (event.target as Element).setPointerCapture(event.pointerId);
    const other = event.button === 2 || event.ctrlKey || event.metaKey || event.altKey;
    const place = view.placeAt(x, y, normalIndex);
    this.painted.begin(other ? this.tool.right : this.tool.left);
    this.drag = { plane, normalIndex, last: place };
    this.cover(view, place, event.timeStamp);
    return true;
  }

  private move(event: PointerEvent): boolean {
    this.hover(this.onCanvas(event));
    const { drag } = this;
    if (!drag) return false;
    const view = this.scene().views.get(drag.plane);
    const passed = event.getCoalescedEvents?.() ?? [];
    for (const on of view ? (passed.length > 0 ? passed : [event]) : []) {
      const { x, y } = this.onCanvas(on);
      this.cover(view as PlaneView, (view as PlaneView).placeAt(x, y, drag.normalIndex), event.timeStamp);
    }
    return true;
  }

  private release(): boolean {
    if (!this.drag) return false;
    this.drag = null;
    const ended = this.painted.end();
    if (ended) this.events.onStroke(ended.stroke);
    return true;
  }

  /** Paint from where the pointer was last to `place`. */
  private cover(view: PlaneView, place: Triple, since: number): void {
    const { drag, tool, grid } = this;
    if (!drag || !tool) return;
    const brush: Brush = { radius_mm: tool.radius_mm, flat: tool.ball ? null : view.axes.normal };
    const low: [number, number, number] = [...grid.shape];
    const high: [number, number, number] = [0, 0, 0];
    sweep(grid, brush, drag.last, place, (voxel) => {
      if (!this.painted.cover(voxel)) return;
      for (const axis of [0, 1, 2] as const) {
        low[axis] = Math.min(low[axis], voxel[axis]);
        high[axis] = Math.max(high[axis], voxel[axis] + 1);
      }
    });
    drag.last = place;
    if (high[0] === 0) return;
    this.unseen ??= since;
    this.events.onChanged([{ low, high }]);
  }

  private turn(event: WheelEvent): boolean {
    if (!this.tool || !event.shiftKey || event.ctrlKey) return false;
    event.preventDefault();
    // With Shift some systems turn the wheel sideways.
    const turned = event.deltaY || event.deltaX;
    if (turned !== 0) this.events.onResizeBrush(turned < 0 ? 1 : -1);
    return true;
  }

  private hover(pointer: { x: number; y: number } | null): void {
    this.pointer = pointer;
    if (this.asked) return;
    this.asked = true;
    requestAnimationFrame(() => {
      this.asked = false;
      this.drawBrush();
    });
  }

  private onCanvas(event: MouseEvent): { x: number; y: number } {
    const box = this.host.getBoundingClientRect();
    const { pixelRatio } = this.scene();
    return { x: (event.clientX - box.left) * pixelRatio, y: (event.clientY - box.top) * pixelRatio };
  }
}

function drawCircle(
  context: CanvasRenderingContext2D,
  view: PlaneView,
  { x, y }: { readonly x: number; readonly y: number },
  tool: PaintTool,
  unit: number,
): void {
  const { left, top, width, height } = view.rect;
  context.save();
  context.beginPath();
  context.rect(left, top, width, height);
  context.clip();
  for (const [colour, thick] of [
    ["rgba(0, 0, 0, 0.75)", 3.5],
    [tool.left.value === 0 ? "#ffffff" : tool.colour, 1.75],
  ] as const) {
    context.strokeStyle = colour;
    context.lineWidth = thick * unit;
    context.setLineDash(tool.left.value === 0 ? [5 * unit, 3 * unit] : []);
    context.beginPath();
    context.arc(x, y, Math.max(2 * unit, tool.radius_mm * view.scale), 0, 2 * Math.PI);
    if (tool.ball) {
      context.moveTo(x + 3 * unit, y);
      context.arc(x, y, 3 * unit, 0, 2 * Math.PI);
    }
    context.stroke();
  }
  context.restore();
}
