import { useEffect, useRef } from "preact/hooks";
import { ACTIONS, type ActionDescription, keyCaps } from "../tools/keymap";
import { usePanels } from "./context";
import { Icon } from "./icons";

const GROUPS: readonly ActionDescription["group"][] = ["Prompts", "Labels", "Slices", "Display", "Views", "Help"];

/** What the mouse does; it is not remappable. */
const MOUSE: readonly (readonly [string, string])[] = [
  ["Click", "Add to (or remove from) the active label"],
  ["Right click, Alt/Ctrl + click", "The opposite"],
  ["Wheel", "Through the slices"],
  ["Ctrl + wheel", "Zoom"],
  ["Drag", "Move the image; with a drawing tool: draw"],
  ["Right drag", "Window and level; with a drawing tool: draw the opposite"],
  ["Middle drag", "Move the image"],
  ["Ctrl + right drag", "Window and level"],
  ["Shift + drag", "Move the crosshair"],
  ["Shift + double click", "Enlarge a plane, or show it alone"],
];

export function ShortcutSheet() {
  const { workspace } = usePanels();
  const dialog = useRef<HTMLDialogElement>(null);
  const open = workspace.helpOpen.value;
  useEffect(() => {
    if (open) dialog.current?.showModal();
    else dialog.current?.close();
  }, [open]);
  const close = () => {
    workspace.helpOpen.value = false;
  };
  return (
    <dialog ref={dialog} class="sheet" aria-labelledby="sheet-title" onClose={close}>
      <header class="sheet-head">
        <h2 id="sheet-title">Keyboard and mouse</h2>
        <button type="button" class="icon-button" aria-label="Close" onClick={close}>
          <Icon name="close" />
        </button>
      </header>
      <div class="sheet-columns">
        {GROUPS.map((group) => (
          <ActionGroup key={group} group={group} />
        ))}
        <section>
          <h3>Mouse</h3>
          <dl>
            {MOUSE.map(([gesture, says]) => (
              <div key={gesture}>
                <dt>{says}</dt>
                <dd>
                  <kbd>{gesture}</kbd>
                </dd>
              </div>
            ))}
          </dl>
        </section>
      </div>
    </dialog>
  );
}

function ActionGroup({ group }: { group: ActionDescription["group"] }) {
  const { keymap } = usePanels();
  const actions = Object.entries(ACTIONS).filter(([name, action]) => action.group === group && !isRepeated(name));
  return (
    <section>
      <h3>{group}</h3>
      <dl>
        {actions.map(([name, action]) => (
          <div key={name}>
            <dt>{action.says.replace(/ 1$/, " by number")}</dt>
            <dd>
              {name.endsWith(".1") ? <Keys written={firstAndLast(name, keymap.keysOf(name)[0] ?? "")} /> : null}
              {name.endsWith(".1") ? null : keymap.keysOf(name).map((key) => <Keys key={key} written={key} />)}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

/** Of numbered actions only the first is listed. */
function isRepeated(name: string): boolean {
  return /\.[2-9]$/.test(name);
}

function firstAndLast(name: string, firstKey: string): string {
  const prefix = name.slice(0, -1);
  const count = Object.keys(ACTIONS).filter((other) =>
    new RegExp(`^${prefix.replace(".", "\\.")}\\d$`).test(other),
  ).length;
  return `${firstKey}…${count}`;
}

function Keys({ written }: { written: string }) {
  return (
    <span class="keys">
      {keyCaps(written).map((cap) => (
        <kbd key={cap}>{cap}</kbd>
      ))}
    </span>
  );
}
