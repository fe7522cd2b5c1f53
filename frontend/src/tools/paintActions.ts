/** What the hand can do by key: names, keys and commands. */

import type { ActionDescription } from "./keymap";
import { PAINT_KINDS } from "./paintSettings";
import type { Workspace } from "./workspace";

function paint(says: string, ...keys: string[]): ActionDescription {
  return { group: "Painting", says, keys };
}

function label(says: string, ...keys: string[]): ActionDescription {
  return { group: "Labels", says, keys };
}

export const PAINT_ACTIONS: Readonly<Record<string, ActionDescription>> = {
  "tool.brush": paint("Brush: paint voxels by hand (right button erases)", "d"),
  "tool.eraser": paint("Eraser (right button paints)", "x"),
  "tool.outline": paint("Outline: fill what is drawn around; clicks set corners, a double click closes", "u"),
  "tool.fill": paint("Fill a hole, a region, or connected values", "Shift+u"),
  "paint.smart": paint("The brush stops at edges of the image", "Shift+j"),
  "paint.larger": paint("Larger brush (also Shift and the wheel)", "k"),
  "paint.smaller": paint("Smaller brush", "j"),
  "paint.ball": paint("Brush as a disc in the plane, or as a ball", "Shift+k"),
  "label.lock": label("Lock or unlock the active label", "Shift+l"),
  "label.end.higher": label("The active label ends on this slice, towards higher slices", "Shift+PageUp"),
  "label.end.lower": label("The active label ends on this slice, towards lower slices", "Shift+PageDown"),
  "slice.lock": { group: "Slices", says: "Lock or unlock this slice", keys: ["Shift+q"] },
  "paint.carry": paint("Propagate: the model carries on what was painted", "a"),
  "paint.live": paint("Propagate each stroke at once, or only when asked", "Shift+a"),
};

export function paintCommands(workspace: Workspace): [string, () => void][] {
  const { paint } = workspace;
  return [
    ...PAINT_KINDS.map((kind): [string, () => void] => [`tool.${kind}`, () => workspace.chooseTool(kind)]),
    ["paint.larger", () => paint.resize(1)],
    ["paint.smaller", () => paint.resize(-1)],
    [
      "paint.ball",
      () => {
        paint.ball.value = !paint.ball.value;
      },
    ],
    [
      "paint.smart",
      () => {
        paint.smart.value = !paint.smart.value;
      },
    ],
    ["label.lock", () => workspace.toggleLabelLock(workspace.store.activeLabel.value)],
    ["label.end.higher", () => workspace.endHere(1)],
    ["label.end.lower", () => workspace.endHere(-1)],
    ["slice.lock", () => workspace.toggleSliceLock()],
    ["paint.carry", () => workspace.carryOn()],
    [
      "paint.live",
      () => {
        paint.live.value = !paint.live.value;
      },
    ],
  ];
}
