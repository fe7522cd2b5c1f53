/** Operations by key: names, keys and commands. */

import type { ActionDescription } from "./keymap";
import type { OperationDesk } from "./operationDesk";

function operation(says: string, ...keys: string[]): ActionDescription {
  return { group: "Operations", says, keys };
}

export const OPERATION_ACTIONS: Readonly<Record<string, ActionDescription>> = {
  "operations.open": operation("Open or close the operations", "Shift+o"),
  "operation.fill_between": operation("Fill between slices", "v"),
  "operation.keep_largest": operation("Keep the largest island", "Shift+i"),
  "operation.keep_clicked": operation("Keep the island at the crosshair", "i"),
  "operation.fill_holes": operation("Fill holes", "Shift+f"),
  "operation.smooth": operation("Smooth", "Shift+g"),
};

const PREFIX = "operation.";

export function operationCommands(desk: OperationDesk): [string, () => void][] {
  const named = Object.keys(OPERATION_ACTIONS).filter((action) => action.startsWith(PREFIX));
  return [
    [
      "operations.open",
      () => {
        desk.open.value = !desk.open.value;
      },
    ],
    ...named.map((action): [string, () => void] => [action, () => desk.applyNamed(action.slice(PREFIX.length))]),
  ];
}
