/** Where the panes stand on the canvas: one alone, three planes with one of them large, or three planes and 3D. */

import { PLANES, type Plane } from "./orientation";
import type { Rect } from "./planeView";

export const LAYOUTS = ["one", "three", "four"] as const;
export type Layout = (typeof LAYOUTS)[number];

/** `volume` is the pane in which the whole is seen from outside. */
export type Pane = Plane | "volume";
export const PANES: readonly Pane[] = [...PLANES, "volume"];

const GAP_PX = 2;
const LARGE_SHARE = 0.64;

/** The rectangle of each pane that is shown; `home` is the plane that is large where `large` cannot be. */
export function layOut(width: number, height: number, layout: Layout, large: Pane, home: Plane): Map<Pane, Rect> {
  if (layout === "one") return new Map([[large, { left: 0, top: 0, width, height }]]);
  const first = large === "volume" ? home : large;
  const others = PLANES.filter((plane) => plane !== first) as [Plane, Plane];
  return layout === "three" ? oneLarge(width, height, first, others) : inFour(width, height, first, others);
}

function oneLarge(width: number, height: number, large: Plane, [upper, lower]: [Plane, Plane]): Map<Pane, Rect> {
  const split = Math.round(width * LARGE_SHARE);
  const half = Math.round(height / 2);
  const beside = { left: split + GAP_PX, width: Math.max(1, width - split - GAP_PX) };
  return new Map<Pane, Rect>([
    [large, { left: 0, top: 0, width: split, height }],
    [upper, { ...beside, top: 0, height: half - GAP_PX }],
    [lower, { ...beside, top: half, height: Math.max(1, height - half) }],
  ]);
}

function inFour(width: number, height: number, first: Plane, [second, third]: [Plane, Plane]): Map<Pane, Rect> {
  const [split, half] = [Math.round(width / 2), Math.round(height / 2)];
  const near = { left: 0, width: Math.max(1, split - GAP_PX) };
  const far = { left: split, width: Math.max(1, width - split) };
  const upper = { top: 0, height: Math.max(1, half - GAP_PX) };
  const lower = { top: half, height: Math.max(1, height - half) };
  return new Map<Pane, Rect>([
    [first, { ...near, ...upper }],
    [second, { ...far, ...upper }],
    [third, { ...near, ...lower }],
    ["volume", { ...far, ...lower }],
  ]);
}
