/** What each action of the key map does. */

import { switchTheme } from "../store/theme";
import { isTyping, type KeyMap } from "./keymap";
import { operationCommands } from "./operationActions";
import { paintCommands } from "./paintActions";
import { viewCommands } from "./viewActions";
import type { Workspace } from "./workspace";

const SLICES_A_PAGE = 10;
const TOOLS = ["point", "scribble", "box", "lasso"] as const;

export type Command = () => void;

function numbered(prefix: string, count: number, act: (place: number) => void): [string, Command][] {
  return Array.from({ length: count }, (_, index) => [`${prefix}.${index + 1}`, () => act(index + 1)]);
}

export function commandsOf(workspace: Workspace): ReadonlyMap<string, Command> {
  const { store, toasts } = workspace;
  return new Map<string, Command>([
    [
      "prompt.polarity",
      () => {
        workspace.positive.value = !workspace.positive.value;
      },
    ],
    ...TOOLS.map((tool): [string, Command] => [`tool.${tool}`, () => workspace.chooseTool(tool)]),
    ...paintCommands(workspace),
    ["undo", () => workspace.undo()],
    ["redo", () => workspace.redo()],
    ["prompt.next", () => workspace.stepPrompt(1)],
    ["prompt.previous", () => workspace.stepPrompt(-1)],
    ["prompt.remove", () => workspace.removeChosenPrompt()],
    ...numbered("label", 9, (place) => workspace.selectLabelAt(place)),
    ["label.previous", () => workspace.stepLabel(-1)],
    ["label.next", () => workspace.stepLabel(1)],
    [
      "label.add",
      () => {
        workspace.addingLabel.value = true;
      },
    ],
    ["label.hide", () => workspace.toggleLabel(store.activeLabel.value)],
    ["slice.next", () => workspace.stepSlice(1)],
    ["slice.previous", () => workspace.stepSlice(-1)],
    ["slice.forward", () => workspace.stepSlice(SLICES_A_PAGE)],
    ["slice.back", () => workspace.stepSlice(-SLICES_A_PAGE)],
    ["slice.first", () => workspace.goToSlice(0)],
    ["slice.doubtful", () => workspace.goToDoubt()],
    ["slice.last", () => workspace.goToSlice(Number.MAX_SAFE_INTEGER)],
    [
      "masks.toggle",
      () => {
        workspace.masksShown.value = !workspace.masksShown.value;
      },
    ],
    ["masks.more", () => workspace.stepOpacity(1)],
    ["masks.less", () => workspace.stepOpacity(-1)],
    [
      "view.reset",
      () => {
        workspace.viewResets.value++;
      },
    ],
    ...numbered("window", 6, (place) => workspace.applyPreset(place - 1)),
    ...viewCommands(workspace.view),
    ["theme", switchTheme],
    ...operationCommands(workspace.operations),
    [
      "tour",
      () => {
        workspace.helpOpen.value = false;
        workspace.tour.start();
      },
    ],
    ["save", () => toasts.say(saveSentence(workspace))],
    [
      "help",
      () => {
        workspace.helpOpen.value = !workspace.helpOpen.value;
      },
    ],
    [
      "close",
      () => {
        workspace.strokeCancels.value++;
        workspace.following.stop();
        if (workspace.tour.place.value !== null) workspace.tour.end();
        workspace.helpOpen.value = false;
        workspace.addingLabel.value = false;
      },
    ],
  ]);
}

function saveSentence({ store }: Workspace): string {
  const open = store.unacknowledged.value;
  if (open === 0) return "Everything is saved; it always is as you work.";
  return `${open === 1 ? "One edit is" : `${open} edits are`} kept in this browser and sent as soon as the server answers.`;
}

/** Keys act on the whole page, except where one types or where a control has its own use for them. */
export function listenToKeys(keymap: KeyMap, commands: ReadonlyMap<string, Command>): () => void {
  const onKey = (event: KeyboardEvent) => {
    if (event.defaultPrevented || isTyping(event.target)) return;
    const command = commands.get(keymap.actionFor(event) ?? "");
    if (!command) return;
    event.preventDefault();
    command();
  };
  window.addEventListener("keydown", onKey);
  return () => window.removeEventListener("keydown", onKey);
}
