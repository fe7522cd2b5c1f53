/** Where the planes stand on the canvas: one large with two beside it, or one alone. */

import { PLANES, type Plane } from "./orientation";
import type { Rect } from "./planeView";

const GAP_PX = 2;
const LARGE_SHARE = 0.64;

export function layOut(width: number, height: number, large: Plane, alone: boolean): Map<Plane, Rect> {
  const whole: Rect = { left: 0, top: 0, width, height };
  if (alone) return new Map([[large, whole]]);
  const split = Math.round(width * LARGE_SHARE);
  const half = Math.round(height / 2);
  const [upper, lower] = PLANES.filter((plane) => plane !== large) as [Plane, Plane];
  const beside = { left: split + GAP_PX, width: Math.max(1, width - split - GAP_PX) };
  return new Map([
    [large, { ...whole, width: split }],
    [upper, { ...beside, top: 0, height: half - GAP_PX }],
    [lower, { ...beside, top: half, height: Math.max(1, height - half) }],
  ]);
}
