/** What the hand shows over the planes: the brush in its true size, and the outline under way. */

import type { PlaneView, Triple } from "../geometry/planeView";

export interface PaintPicture {
  readonly pointer: { readonly x: number; readonly y: number };
  /** Canvas px; null where the tool has no size. */
  readonly radius: number | null;
  readonly ball: boolean;
  readonly erases: boolean;
  readonly colour: string;
  readonly outline: readonly Triple[];
}

const EDGE = "rgba(0, 0, 0, 0.75)";
const LEAST_RADIUS = 2;

/** `unit` is a px of the page in canvas px. */
export function drawPaintPicture(
  context: CanvasRenderingContext2D,
  view: PlaneView,
  picture: PaintPicture,
  unit: number,
): void {
  const { left, top, width, height } = view.rect;
  context.save();
  context.beginPath();
  context.rect(left, top, width, height);
  context.clip();
  for (const [colour, thick] of [
    [EDGE, 3.5],
    [picture.erases ? "#ffffff" : picture.colour, 1.75],
  ] as const) {
    context.strokeStyle = colour;
    context.lineWidth = thick * unit;
    context.setLineDash(picture.erases ? [5 * unit, 3 * unit] : []);
    context.beginPath();
    if (picture.radius !== null) addCircle(context, picture, unit);
    if (picture.outline.length > 0) addOutline(context, view, picture);
    context.stroke();
  }
  context.restore();
}

function addCircle(context: CanvasRenderingContext2D, { pointer, radius, ball }: PaintPicture, unit: number): void {
  const { x, y } = pointer;
  context.arc(x, y, Math.max(LEAST_RADIUS * unit, radius ?? 0), 0, 2 * Math.PI);
  if (!ball) return;
  context.moveTo(x + 3 * unit, y);
  context.arc(x, y, 3 * unit, 0, 2 * Math.PI);
}

function addOutline(context: CanvasRenderingContext2D, view: PlaneView, { outline, pointer }: PaintPicture): void {
  outline.forEach((place, index) => {
    const { x, y } = view.pointOf(place);
    if (index === 0) context.moveTo(x, y);
    else context.lineTo(x, y);
  });
  context.lineTo(pointer.x, pointer.y);
}
