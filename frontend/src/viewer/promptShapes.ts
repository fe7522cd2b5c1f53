/** Prompts over the slices: dots, boxes, scribbles and outlines, the stroke under way, and the pins of remarks. */

import type { PlaneView, Triple } from "../geometry/planeView";
import type { PromptKind } from "../protocol/protocol";

export interface PromptShape {
  readonly kind: PromptKind | "pin";
  readonly voxels: readonly Triple[];
  readonly colour: string;
  readonly positive: boolean;
  /** Not yet acknowledged by the server, or still being drawn. */
  readonly pending: boolean;
}

export const NO_COLOUR = "#94a3b8";
const DARK = "#10141b";
const PIN = "#ffb454";
const DOT_RADIUS = 4.5;
const LINE_WIDTH = 2;
const DASHES = [6, 4] as const;

/** Prompts in the colours of their labels. */
export function coloured(
  prompts: readonly (Omit<PromptShape, "colour"> & { readonly label: number })[],
  labels: readonly { readonly value: number; readonly colour: string }[],
): PromptShape[] {
  const colours = new Map(labels.map(({ value, colour }) => [value, colour]));
  return prompts.map((prompt) => ({ ...prompt, colour: colours.get(prompt.label) ?? NO_COLOUR }));
}

/** Draw what lies on the slice `normalIndex` of a view; of a shape that only crosses it, what it leaves there. */
export function drawPromptShapes(
  context: CanvasRenderingContext2D,
  view: PlaneView,
  normalIndex: number,
  shapes: readonly PromptShape[],
  pixelRatio: number,
): void {
  for (const shape of shapes) {
    context.globalAlpha = shape.pending ? 0.65 : 1;
    if (shape.kind === "point") drawDots(context, view, normalIndex, shape, pixelRatio);
    else if (shape.kind === "pin") drawPins(context, view, normalIndex, shape, pixelRatio);
    else if (shape.kind === "box") drawBox(context, view, normalIndex, shape, pixelRatio);
    else drawPath(context, view, normalIndex, shape, pixelRatio);
  }
  context.globalAlpha = 1;
}

/** A pin at each voxel, its tip there. */
function drawPins(
  context: CanvasRenderingContext2D,
  view: PlaneView,
  normalIndex: number,
  shape: PromptShape,
  ratio: number,
): void {
  for (const voxel of shape.voxels) {
    if (voxel[view.axes.normal] !== normalIndex) continue;
    const { x, y } = view.pointOf(voxel);
    context.beginPath();
    context.moveTo(x, y);
    context.arc(x, y - 13 * ratio, 6 * ratio, Math.PI * 0.85, Math.PI * 2.15);
    context.closePath();
    context.fillStyle = PIN;
    context.fill();
    context.lineWidth = 1.5 * ratio;
    context.strokeStyle = DARK;
    context.stroke();
  }
}

function drawDots(
  context: CanvasRenderingContext2D,
  view: PlaneView,
  normalIndex: number,
  shape: PromptShape,
  ratio: number,
): void {
  const radius = DOT_RADIUS * ratio;
  for (const voxel of shape.voxels) {
    if (voxel[view.axes.normal] !== normalIndex) continue;
    const { x, y } = view.pointOf(voxel);
    context.lineWidth = 1.6 * ratio;
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fillStyle = shape.positive ? shape.colour : DARK;
    context.fill();
    context.strokeStyle = shape.positive ? "#ffffff" : shape.colour;
    context.stroke();
    context.strokeStyle = shape.positive ? DARK : "#ffffff";
    context.lineWidth = 1.3 * ratio;
    context.beginPath();
    context.moveTo(x - radius / 2, y);
    context.lineTo(x + radius / 2, y);
    if (shape.positive) {
      context.moveTo(x, y - radius / 2);
      context.lineTo(x, y + radius / 2);
    }
    context.stroke();
  }
}

/** A box has an extent along the normal too: it is drawn on every slice that it goes through. */
function drawBox(
  context: CanvasRenderingContext2D,
  view: PlaneView,
  normalIndex: number,
  shape: PromptShape,
  ratio: number,
): void {
  const along = shape.voxels.map((voxel) => voxel[view.axes.normal]);
  if (normalIndex < Math.min(...along) || normalIndex > Math.max(...along)) return;
  const points = shape.voxels.map((voxel) => view.pointOf(voxel));
  const xs = points.map(({ x }) => x);
  const ys = points.map(({ y }) => y);
  const left = Math.min(...xs) - view.voxelWidth / 2;
  const top = Math.min(...ys) - view.voxelHeight / 2;
  context.beginPath();
  context.rect(left, top, Math.max(...xs) + view.voxelWidth / 2 - left, Math.max(...ys) + view.voxelHeight / 2 - top);
  strokeTwice(context, shape, ratio);
}

/** A scribble or an outline as a line in its own plane, as separate marks where another plane cuts it. */
function drawPath(
  context: CanvasRenderingContext2D,
  view: PlaneView,
  normalIndex: number,
  shape: PromptShape,
  ratio: number,
): void {
  const { normal } = view.axes;
  const here = shape.voxels.filter((voxel) => voxel[normal] === normalIndex);
  if (here.length === 0) return;
  context.beginPath();
  if (here.length < shape.voxels.length || here.length === 1) {
    for (const voxel of here) {
      const { x, y } = view.pointOf(voxel);
      context.moveTo(x + ratio, y);
      context.arc(x, y, ratio, 0, 2 * Math.PI);
    }
  } else {
    for (const voxel of here) {
      const { x, y } = view.pointOf(voxel);
      context.lineTo(x, y);
    }
    if (shape.kind === "lasso") context.closePath();
  }
  strokeTwice(context, shape, ratio);
}

/** Dark below, so that it shows on any grey; dashed where it takes away. */
function strokeTwice(context: CanvasRenderingContext2D, shape: PromptShape, ratio: number): void {
  context.lineJoin = "round";
  context.lineCap = "round";
  context.strokeStyle = "rgba(16, 20, 27, 0.75)";
  context.lineWidth = (LINE_WIDTH + 2) * ratio;
  context.stroke();
  context.setLineDash(shape.positive ? [] : DASHES.map((length) => length * ratio));
  context.strokeStyle = shape.colour;
  context.lineWidth = LINE_WIDTH * ratio;
  context.stroke();
  context.setLineDash([]);
}
