/** What the hand can do by key: names, keys and commands. */

import type { ActionDescription } from "./keymap";
import { PAINT_KINDS } from "./paintSettings";
import type { Workspace } from "./workspace";

function paint(says: string, ...keys: string[]): ActionDescription {
  return { group: "Painting", says, keys };
}

export const PAINT_ACTIONS: Readonly<Record<string, ActionDescription>> = {
  "tool.brush": paint("Brush: paint voxels by hand (right button erases)", "d"),
  "tool.eraser": paint("Eraser (right button paints)", "x"),
  "tool.outline": paint("Outline: fill what is drawn around; clicks set corners, a double click closes", "u"),
  "tool.fill": paint("Fill a hole, a region, or connected values", "f"),
  "paint.smart": paint("The brush stops at edges of the image", "i"),
  "paint.larger": paint("Larger brush (also Shift and the wheel)", "k"),
  "paint.smaller": paint("Smaller brush", "j"),
  "paint.ball": paint("Brush as a disc in the plane, or as a ball", "Shift+k"),
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
    ["paint.carry", () => workspace.carryOn()],
    [
      "paint.live",
      () => {
        paint.live.value = !paint.live.value;
      },
    ],
  ];
}
