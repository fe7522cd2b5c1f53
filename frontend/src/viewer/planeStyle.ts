/** How a plane is drawn, from how the person wants to see it. */

import type { PlaneAxes } from "../geometry/orientation";
import { slabAround } from "../geometry/slab";
import type { PlaneStyle } from "../render/sliceRenderer";
import type { ViewStyle } from "../tools/viewSettings";
import type { ViewedVolume } from "./types";

/** The style of the plane across `axes.normal` at index `place`; `shown` is what all planes have in common. */
export function planeStyle(
  { shape, spacing_mm }: ViewedVolume,
  { normal }: PlaneAxes,
  place: number,
  view: ViewStyle,
  shown: Pick<PlaneStyle, "window" | "opacity">,
): PlaneStyle {
  return {
    ...shown,
    outlined: view.outlined,
    slab: slabAround(place, shape[normal], spacing_mm[normal], view.slab_mm),
    combine: view.slab,
  };
}

const WINDOW_SHARE_PER_PX = 1 / 400;

/** The window after a drag: to the right it gets wider, upwards brighter tissue comes into it. */
export function draggedWindow(
  window: { readonly center: number; readonly width: number },
  [low, high]: readonly [number, number],
  dx: number,
  dy: number,
): { center: number; width: number } {
  const unit = Math.max(high - low, window.width) * WINDOW_SHARE_PER_PX;
  return { center: window.center - dy * unit, width: Math.max(unit, window.width + dx * unit) };
}
