/** The others on the planes: an arrow with the name where their pointer is, ticks at the edges for their slices. */

import type { PlaneView, Triple } from "../geometry/planeView";

export interface DrawnCompanion {
  readonly name: string;
  readonly colour: string;
  readonly at: Triple;
  readonly pointer: Triple | null;
}

export interface CompanionScene {
  readonly views: ReadonlyMap<unknown, PlaneView>;
  readonly crosshair: Triple;
  readonly pixelRatio: number;
}

const TICK = 12;
const INK = "#0b1220";
const EDGE = "rgba(0, 0, 0, 0.8)";
/** An arrow as pointers have it, its tip at (0, 0), in px of the page. */
const ARROW = [
  [0, 0],
  [0, 15],
  [4, 11.5],
  [10, 11],
] as const;

export function drawCompanions(
  context: CanvasRenderingContext2D,
  companions: readonly DrawnCompanion[],
  { views, crosshair, pixelRatio }: CompanionScene,
): void {
  for (const view of views.values()) {
    const { left, top, width, height } = view.rect;
    const { normal } = view.axes;
    context.save();
    context.beginPath();
    context.rect(left, top, width, height);
    context.clip();
    for (const companion of companions) {
      drawTicks(context, view, companion, pixelRatio);
      const { pointer } = companion;
      if (pointer?.[normal] === crosshair[normal]) drawArrow(context, view.pointOf(pointer), companion, pixelRatio);
    }
    context.restore();
  }
}

/** Where the other two planes of theirs cross this one. */
function drawTicks(context: CanvasRenderingContext2D, view: PlaneView, who: DrawnCompanion, unit: number): void {
  const { x, y } = view.pointOf(who.at);
  const { left, top, width, height } = view.rect;
  const long = TICK * unit;
  for (const [colour, thick] of [
    [EDGE, 4.5],
    [who.colour, 2.5],
  ] as const) {
    context.strokeStyle = colour;
    context.lineWidth = thick * unit;
    context.beginPath();
    context.moveTo(left, y);
    context.lineTo(left + long, y);
    context.moveTo(left + width - long, y);
    context.lineTo(left + width, y);
    context.moveTo(x, top);
    context.lineTo(x, top + long);
    context.moveTo(x, top + height - long);
    context.lineTo(x, top + height);
    context.stroke();
  }
}

function drawArrow(
  context: CanvasRenderingContext2D,
  tip: { x: number; y: number },
  { name, colour }: DrawnCompanion,
  unit: number,
): void {
  context.beginPath();
  for (const [x, y] of ARROW) context.lineTo(tip.x + x * unit, tip.y + y * unit);
  context.closePath();
  context.lineJoin = "round";
  context.lineWidth = 2 * unit;
  context.strokeStyle = EDGE;
  context.stroke();
  context.fillStyle = colour;
  context.fill();
  context.font = `600 ${Math.round(11 * unit)}px system-ui, sans-serif`;
  const [x, y, high] = [tip.x + 11 * unit, tip.y + 13 * unit, 17 * unit];
  const wide = context.measureText(name).width + 10 * unit;
  context.beginPath();
  context.roundRect(x, y, wide, high, 4 * unit);
  context.fill();
  context.fillStyle = INK;
  context.textAlign = "left";
  context.textBaseline = "middle";
  context.fillText(name, x + 5 * unit, y + high / 2);
}

/**
 * Tell where the pointer is on the host, in px of the page, whatever else takes it; outside when it has left.
 * Returns what tells it again: where the images change under a pointer at rest.
 */
export function listenToPointer(
  host: HTMLElement,
  signal: AbortSignal,
  tell: (x: number, y: number) => void,
): () => void {
  let last: [number, number] = [-1, -1];
  const goTo = (x: number, y: number) => {
    last = [x, y];
    tell(x, y);
  };
  const onMove = (event: PointerEvent) => {
    const box = host.getBoundingClientRect();
    goTo(event.clientX - box.left, event.clientY - box.top);
  };
  host.addEventListener("pointermove", onMove, { signal, capture: true });
  host.addEventListener("pointerleave", () => goTo(-1, -1), { signal });
  return () => tell(...last);
}
