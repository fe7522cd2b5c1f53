/** What is drawn over the slices: crosshair, prompts, orientation letters, slice numbers, scale bar. */

import { millimetres, type Plane, type PlaneAxes } from "../geometry/orientation";
import type { PlaneView, Triple } from "../geometry/planeView";
import type { ViewStyle } from "../tools/viewSettings";
import { drawPromptShapes, type PromptShape } from "./promptShapes";

export interface OverlayScene {
  readonly views: ReadonlyMap<Plane, PlaneView>;
  readonly crosshair: Triple;
  readonly crosshairShown: boolean;
  /** Canvas px of the crosshair in 3D, where that is shown. */
  readonly crosshairInWhole: { readonly x: number; readonly y: number } | null;
  readonly slab: Pick<ViewStyle, "slab" | "slab_mm">;
  readonly shape: Triple;
  readonly affine: readonly (readonly number[])[];
  readonly prompts: readonly PromptShape[];
  /** The stroke under way, on the plane where it is drawn. */
  readonly ghost: { readonly plane: Plane; readonly shape: PromptShape } | null;
  readonly pixelRatio: number;
}

const INK = "rgba(226, 232, 240, 0.82)";
const QUIET = "rgba(213, 221, 231, 0.85)";
const CROSS = "rgba(125, 211, 252, 0.5)";
const EDGE = "rgba(0, 0, 0, 0.7)";
const MARK = "#7dd3fc";
const CROSS_GAP = 9;
const NAMES: Record<Plane, string> = { axial: "Axial", coronal: "Coronal", sagittal: "Sagittal" };
const NORMAL_WORLD: Record<Plane, readonly [world: number, negative: string, positive: string]> = {
  axial: [2, "I", "S"],
  coronal: [1, "P", "A"],
  sagittal: [0, "L", "R"],
};

/** Draw everything; `context` is in device pixels. */
export function drawOverlay(context: CanvasRenderingContext2D, scene: OverlayScene): void {
  context.clearRect(0, 0, context.canvas.width, context.canvas.height);
  for (const [plane, view] of scene.views) {
    const { left, top, width, height } = view.rect;
    context.save();
    context.beginPath();
    context.rect(left, top, width, height);
    context.clip();
    if (scene.crosshairShown) drawCrosshair(context, view, scene);
    drawPromptShapes(context, view, scene.crosshair[view.axes.normal], shapesOn(plane, scene), scene.pixelRatio);
    drawTexts(context, plane, view, scene);
    context.restore();
  }
  if (scene.crosshairShown && scene.crosshairInWhole) drawMark(context, scene.crosshairInWhole, scene.pixelRatio);
}

/** A small cross with a dark edge: in 3D lines across the pane would mean nothing. */
function drawMark(context: CanvasRenderingContext2D, at: { x: number; y: number }, unit: number): void {
  for (const [colour, thick] of [
    [EDGE, 3.5],
    [MARK, 1.5],
  ] as const) {
    context.strokeStyle = colour;
    context.lineWidth = thick * unit;
    context.beginPath();
    for (const [dx, dy] of [
      [1, 0],
      [-1, 0],
      [0, 1],
      [0, -1],
    ] as const) {
      context.moveTo(at.x + dx * 3 * unit, at.y + dy * 3 * unit);
      context.lineTo(at.x + dx * 9 * unit, at.y + dy * 9 * unit);
    }
    context.stroke();
  }
}

function shapesOn(plane: Plane, { prompts, ghost }: OverlayScene): readonly PromptShape[] {
  return ghost?.plane === plane ? [...prompts, ghost.shape] : prompts;
}

function drawCrosshair(context: CanvasRenderingContext2D, view: PlaneView, scene: OverlayScene): void {
  const { x, y } = view.pointOf(scene.crosshair);
  const { left, top, width, height } = view.rect;
  const gap = CROSS_GAP * scene.pixelRatio;
  context.strokeStyle = CROSS;
  context.lineWidth = Math.max(1, Math.round(scene.pixelRatio));
  context.beginPath();
  for (const [fromX, fromY, toX, toY] of [
    [left, y, x - gap, y],
    [x + gap, y, left + width, y],
    [x, top, x, y - gap],
    [x, y + gap, x, top + height],
  ] as const) {
    context.moveTo(Math.round(fromX) + 0.5, Math.round(fromY) + 0.5);
    context.lineTo(Math.round(toX) + 0.5, Math.round(toY) + 0.5);
  }
  context.stroke();
}

function drawTexts(context: CanvasRenderingContext2D, plane: Plane, view: PlaneView, scene: OverlayScene): void {
  const { left, top, width, height } = view.rect;
  const unit = scene.pixelRatio;
  const pad = 8 * unit;
  write(context, NAMES[plane], left + pad, top + pad, "left", "top", unit, INK);
  write(context, sliceText(plane, view.axes, scene), left + pad, top + height - pad, "left", "bottom", unit, QUIET);
  const { edges } = view.axes;
  const middleX = left + width / 2;
  const middleY = top + height / 2;
  write(context, edges.left, left + pad, middleY, "left", "middle", unit, INK, 600);
  write(context, edges.right, left + width - pad, middleY, "right", "middle", unit, INK, 600);
  write(context, edges.top, middleX, top + pad, "center", "top", unit, INK, 600);
  write(context, edges.bottom, middleX, top + height - pad, "center", "bottom", unit, INK, 600);
  drawScaleBar(context, view, unit);
}

function write(
  context: CanvasRenderingContext2D,
  text: string,
  x: number,
  y: number,
  align: CanvasTextAlign,
  baseline: CanvasTextBaseline,
  unit: number,
  colour: string,
  weight = 500,
): void {
  context.font = `${weight} ${Math.round(12 * unit)}px system-ui, sans-serif`;
  context.textAlign = align;
  context.textBaseline = baseline;
  // A dark edge, so that it is read on bright tissue too.
  context.strokeStyle = EDGE;
  context.lineWidth = 3 * unit;
  context.lineJoin = "round";
  context.strokeText(text, x, y);
  context.fillStyle = colour;
  context.fillText(text, x, y);
}

/** The slice's number, and where it lies in the patient. */
export function sliceText(
  plane: Plane,
  axes: PlaneAxes,
  scene: Pick<OverlayScene, "crosshair" | "shape" | "affine" | "slab">,
): string {
  const [world, negative, positive] = NORMAL_WORLD[plane];
  const place = millimetres(scene.affine, scene.crosshair)[world] as number;
  const side = place < 0 ? negative : positive;
  const { slab, slab_mm } = scene.slab;
  const through = slab_mm > 0 ? `   ${slab} of ${slab_mm} mm` : "";
  return `${scene.crosshair[axes.normal] + 1} / ${scene.shape[axes.normal]}   ${side} ${Math.abs(place).toFixed(1)} mm${through}`;
}

const BAR_LENGTHS_MM = [1, 2, 5, 10, 20, 50, 100, 200];

/** The longest round length that takes at most a quarter of the view. */
export function scaleBarLength(pixelsPerMm: number, width: number): number {
  return [...BAR_LENGTHS_MM].reverse().find((length) => length * pixelsPerMm <= width / 4) ?? BAR_LENGTHS_MM[0]!;
}

function drawScaleBar(context: CanvasRenderingContext2D, view: PlaneView, unit: number): void {
  const { left, top, width, height } = view.rect;
  const length = scaleBarLength(view.scale, width);
  const right = left + width - 10 * unit;
  const y = top + height - 10 * unit;
  context.strokeStyle = QUIET;
  context.lineWidth = 1.5 * unit;
  context.beginPath();
  context.moveTo(right - length * view.scale, y - 4 * unit);
  context.lineTo(right - length * view.scale, y);
  context.lineTo(right, y);
  context.lineTo(right, y - 4 * unit);
  context.stroke();
  write(context, `${length} mm`, right, y - 6 * unit, "right", "bottom", unit, QUIET);
}
