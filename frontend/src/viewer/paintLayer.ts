/** The hand on the planes: takes the left and the right button while a painting tool is in hand, and shows the brush. */

import type { Plane } from "../geometry/orientation";
import type { PlaneView, Triple } from "../geometry/planeView";
import { type Axis, type Grid, voxelAt } from "../painting/brush";
import { PaintedVolume, type ShownStroke } from "../painting/paintedVolume";
import { type BrushShape, Painter } from "../painting/painter";
import type { PaintRule, Range } from "../painting/paintRule";
import type { Box, LabelSlice, LabelVolume } from "../volume/labelVolume";
import { drawPaintPicture } from "./paintPicture";

/** A painting tool in hand. */
export interface PaintTool extends BrushShape {
  /** `pick` takes the range of values under the brush. */
  readonly kind: "brush" | "outline" | "fill" | "pick";
  /** Whether an outline goes through all slices. */
  readonly through: boolean;
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
  /** Values that were picked. */
  onRange(range: Range): void;
  onProblem(sentence: string): void;
}

interface LayerParts extends PaintEvents {
  onChanged(boxes: readonly Box[]): void;
  valueAt(voxel: Triple): number | null;
}

/** A stroke under way, or the corners of an outline set so far. */
interface Drag {
  readonly plane: Plane;
  readonly normal: Axis;
  readonly normalIndex: number;
  readonly rule: PaintRule;
  readonly startedAt: { readonly x: number; readonly y: number };
  pressed: boolean;
  /** Corners of an outline that were set by clicks. */
  corners: number;
  last: Triple;
  outline: Triple[];
}

const CLICK_PX = 4;
/** So near to its first corner a click closes an outline. */
const CLOSE_PX = 8;
const FEWEST_CORNERS = 3;
const OPEN = "Nothing encloses this place on the slice. Draw the gap closed first, or fill by values.";

export class PaintLayer {
  private readonly canvas = document.createElement("canvas");
  private readonly ends = new AbortController();
  private tool: PaintTool | null = null;
  private pointer: { readonly x: number; readonly y: number } | null = null;
  private drag: Drag | null = null;
  private asked = false;
  private readonly painted: PaintedVolume;
  private readonly painter: Painter;
  /** When the pointer moved whose paint is not on screen yet, in ms of the page's clock. */
  private unseen: number | null = null;
  readonly latencies: number[] = [];

  constructor(
    private readonly host: HTMLElement,
    grid: Grid,
    labels: LabelVolume,
    private readonly scene: () => PaintScene,
    private readonly parts: LayerParts,
  ) {
    this.painted = new PaintedVolume(labels, parts.valueAt);
    this.painter = new Painter(grid, this.painted, parts.valueAt);
    this.canvas.className = "viewer-layer";
    this.canvas.setAttribute("aria-hidden", "true");
    host.append(this.canvas);
    // Before the other gestures see them: who paints neither clicks nor moves the image.
    this.on("pointerdown", (event) => this.press(event));
    this.on("pointermove", (event) => this.move(event));
    this.on("pointerup", (event) => this.release(event));
    this.on("pointercancel", () => this.cancel());
    this.on("dblclick", () => this.close());
    this.on("wheel", (event) => this.turn(event));
    host.addEventListener("pointerleave", () => this.hover(null), { signal: this.ends.signal });
  }

  setTool(tool: PaintTool | null): void {
    if (tool?.kind !== this.tool?.kind) this.cancel();
    this.tool = tool;
    this.hover(this.pointer);
  }

  /** Take a slice of the server. Returns what is to be drawn again. */
  apply(axis: Axis, slice: LabelSlice): Box {
    return this.painted.apply(axis, slice);
  }

  setStrokes(strokes: readonly ShownStroke[]): void {
    this.parts.onChanged(this.painted.setStrokes(strokes));
  }

  /** Forget the stroke under way. */
  cancel(): boolean {
    const wasBusy = this.isBusy;
    this.drag = null;
    const ended = this.painted.end();
    if (ended) this.parts.onChanged([ended.box]);
    this.hover(this.pointer);
    return wasBusy;
  }

  get isBusy(): boolean {
    return this.drag !== null;
  }

  destroy(): void {
    this.ends.abort();
    this.canvas.remove();
  }

  draw(): void {
    this.drawPicture();
    if (this.unseen === null) return;
    const since = this.unseen;
    this.unseen = null;
    // After the frame that is drawn now has gone to the screen.
    requestAnimationFrame(() => this.latencies.push(performance.now() - since));
  }

  private drawPicture(): void {
    const { canvas, host, tool, pointer, drag } = this;
    const { views, pixelRatio } = this.scene();
    const width = Math.max(1, Math.round(host.clientWidth * pixelRatio));
    const height = Math.max(1, Math.round(host.clientHeight * pixelRatio));
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const context = canvas.getContext("2d") as CanvasRenderingContext2D;
    context.clearRect(0, 0, width, height);
    const view = pointer && [...views.values()].find((shown) => shown.contains(pointer.x, pointer.y));
    if (!tool || !pointer || !view) return;
    const sized = tool.kind === "brush" || tool.kind === "pick";
    const picture = {
      pointer,
      radius: sized ? tool.radius_mm * view.scale : null,
      ball: tool.ball,
      erases: (drag?.rule ?? tool.left).value === 0,
      colour: tool.colour,
      outline: drag?.outline ?? [],
    };
    drawPaintPicture(context, view, picture, pixelRatio);
  }

  private on<K extends "pointerdown" | "pointermove" | "pointerup" | "pointercancel" | "wheel" | "dblclick">(
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
    const { tool, drag } = this;
    if (!tool || event.shiftKey || event.button === 1 || !event.isPrimary) return drag !== null;
    const at = this.onCanvas(event);
    if (drag) return this.continueOutline(drag, at);
    const { views, crosshair } = this.scene();
    const found = [...views].find(([, view]) => view.contains(at.x, at.y));
    if (!found) return false;
    const [plane, view] = found;
    const { normal } = view.axes;
    const normalIndex = crosshair[normal];
    if (!view.voxelAt(at.x, at.y, normalIndex)) return false;
    (event.target as Element).setPointerCapture(event.pointerId);
    const other = event.button === 2 || event.ctrlKey || event.metaKey || event.altKey;
    const rule = other ? tool.right : tool.left;
    const place = view.placeAt(at.x, at.y, normalIndex);
    this.drag = {
      plane,
      normal,
      normalIndex,
      rule,
      startedAt: at,
      pressed: true,
      corners: 0,
      last: place,
      outline: [],
    };
    this.begin(tool, this.drag, event.timeStamp);
    return true;
  }

  private begin(tool: PaintTool, drag: Drag, since: number): void {
    if (tool.kind === "pick") {
      const range = this.painter.rangeUnder(tool, drag.normal, drag.last);
      this.drag = null;
      if (range) this.parts.onRange(range);
      return;
    }
    this.painted.begin(drag.rule);
    if (tool.kind === "outline") drag.outline.push(drag.last);
    if (tool.kind === "brush") this.show(this.painter.brush(tool, drag.normal, drag.last, drag.last), since);
    if (tool.kind !== "fill") return;
    const filled = this.painter.fill(drag.rule, drag.normal, voxelAt(drag.last));
    if (filled === "open") this.parts.onProblem(OPEN);
    else this.show(filled, since);
    this.finish();
  }

  private continueOutline(drag: Drag, at: { x: number; y: number }): boolean {
    if (drag.corners >= FEWEST_CORNERS && this.isNearStart(drag, at, CLOSE_PX)) return this.close();
    const place = this.placeOn(drag, at);
    drag.pressed = true;
    if (place) drag.outline.push(place);
    return true;
  }

  private move(event: PointerEvent): boolean {
    this.hover(this.onCanvas(event));
    const { drag, tool } = this;
    if (!drag || !tool) return false;
    const passed = event.getCoalescedEvents?.() ?? [];
    for (const on of drag.pressed ? (passed.length > 0 ? passed : [event]) : []) {
      const place = this.placeOn(drag, this.onCanvas(on));
      if (!place) continue;
      if (tool.kind === "outline") drag.outline.push(place);
      else this.show(this.painter.brush(tool, drag.normal, drag.last, place), event.timeStamp);
      drag.last = place;
    }
    return drag.pressed;
  }

  /** A click sets a corner of an outline; one that is drawn in one go is closed at its end. */
  private release(event: PointerEvent): boolean {
    const { drag, tool } = this;
    if (!drag) return false;
    drag.pressed = false;
    const freehand = drag.corners === 0 && !this.isNearStart(drag, this.onCanvas(event), CLICK_PX);
    if (tool?.kind !== "outline" || freehand) this.close();
    else drag.corners++;
    return true;
  }

  private isNearStart({ startedAt }: Drag, { x, y }: { x: number; y: number }, reach: number): boolean {
    return Math.hypot(x - startedAt.x, y - startedAt.y) <= reach * this.scene().pixelRatio;
  }

  /** Paint what the outline encloses, and end the stroke. */
  private close(): boolean {
    const { drag, tool } = this;
    if (!drag || !tool) return false;
    if (tool.kind === "outline")
      this.show(this.painter.outline(drag.normal, drag.outline, tool.through), performance.now());
    this.finish();
    return true;
  }

  private finish(): void {
    this.drag = null;
    const ended = this.painted.end();
    if (ended) this.parts.onStroke(ended.stroke);
    this.hover(this.pointer);
  }

  private show(box: Box | null, since: number): void {
    if (!box) return;
    this.unseen ??= since;
    this.parts.onChanged([box]);
  }

  private placeOn(drag: Drag, { x, y }: { x: number; y: number }): Triple | null {
    return this.scene().views.get(drag.plane)?.placeAt(x, y, drag.normalIndex) ?? null;
  }

  private turn(event: WheelEvent): boolean {
    if (!this.tool || !event.shiftKey || event.ctrlKey) return false;
    event.preventDefault();
    // With Shift some systems turn the wheel sideways.
    const turned = event.deltaY || event.deltaX;
    if (turned !== 0) this.parts.onResizeBrush(turned < 0 ? 1 : -1);
    return true;
  }

  private hover(pointer: { x: number; y: number } | null): void {
    this.pointer = pointer;
    if (this.asked) return;
    this.asked = true;
    requestAnimationFrame(() => {
      this.asked = false;
      this.drawPicture();
    });
  }

  private onCanvas(event: MouseEvent): { x: number; y: number } {
    const box = this.host.getBoundingClientRect();
    const { pixelRatio } = this.scene();
    return { x: (event.clientX - box.left) * pixelRatio, y: (event.clientY - box.top) * pixelRatio };
  }
}
