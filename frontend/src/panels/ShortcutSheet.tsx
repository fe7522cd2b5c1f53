import { useEffect, useRef } from "preact/hooks";
import type { KeyChange } from "../tools/keyChange";
import { ACTIONS, type ActionDescription, keyCaps } from "../tools/keymap";
import { usePanels } from "./context";
import { Icon } from "./icons";

const GROUPS: readonly ActionDescription["group"][] = [
  "Prompts",
  "Labels",
  "Slices",
  "Operations",
  "Display",
  "Views",
  "Review",
  "Help",
];

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
  ["Drag in 3D", "Turn; with the right button or Shift: move"],
  ["Click in 3D", "The crosshair goes there"],
  ["Two fingers", "Move and zoom, with any tool"],
  ["Shift + double click", "Enlarge a plane, or show it alone"],
];

export function ShortcutSheet() {
  const { workspace, keymap, keyChange } = usePanels();
  const dialog = useRef<HTMLDialogElement>(null);
  const open = workspace.helpOpen.value;
  useEffect(() => {
    if (open) dialog.current?.showModal();
    else dialog.current?.close();
  }, [open]);
  const close = () => {
    workspace.helpOpen.value = false;
    keyChange.value = null;
  };
  return (
    <dialog ref={dialog} class="sheet" aria-labelledby="sheet-title" onClose={close}>
      <header class="sheet-head">
        <h2 id="sheet-title">Keyboard and mouse</h2>
        <span class="topbar-space" />
        <button
          type="button"
          class="button is-small"
          onClick={() => {
            close();
            workspace.tour.start();
          }}
        >
          The two-minute tour
        </button>
        {Object.keys(keymap.changes.value).length > 0 && (
          <button type="button" class="button is-small" onClick={() => keymap.reset()}>
            All keys as at first
          </button>
        )}
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
  const names = Object.keys(ACTIONS).filter((name) => ACTIONS[name]?.group === group);
  if (names.length === 0) return null;
  const families = [...new Set(names.filter(isNumbered).map((name) => name.slice(0, -2)))];
  return (
    <section>
      <h3>{group}</h3>
      <dl>
        {names
          .filter((name) => !isNumbered(name))
          .map((name) => (
            <ActionRow key={name} name={name} />
          ))}
      </dl>
      {families.map((family) => (
        <Family key={family} names={names.filter((name) => name.startsWith(`${family}.`) && isNumbered(name))} />
      ))}
    </section>
  );
}

function isNumbered(name: string): boolean {
  return /\.[1-9]$/.test(name);
}

/** Actions by number: one line, until one wants to see or change each of them. */
function Family({ names }: { names: readonly string[] }) {
  const { keymap } = usePanels();
  const [first, last] = [names[0] ?? "", names.at(-1) ?? ""];
  return (
    <details class="sheet-family">
      <summary>
        <span>{ACTIONS[first]?.says.replace(/ 1$/, " by number")}</span>
        <span class="keys">
          {keyCaps(keymap.keysOf(first)[0] ?? "").map((cap) => (
            <kbd key={cap}>{cap}</kbd>
          ))}
          … {keyCaps(keymap.keysOf(last)[0] ?? "").at(-1)}
        </span>
      </summary>
      <dl>
        {names.map((name) => (
          <ActionRow key={name} name={name} />
        ))}
      </dl>
    </details>
  );
}

function ActionRow({ name }: { name: string }) {
  const { keymap, keyChange } = usePanels();
  const says = ACTIONS[name]?.says ?? name;
  const change = keyChange.value?.action === name ? keyChange.value : null;
  return (
    <div>
      <dt>{says}</dt>
      <dd>
        {change ? (
          <KeyChangeState change={change} />
        ) : (
          <>
            {keymap.keysOf(name).map((key) => (
              <Keys key={key} written={key} />
            ))}
            {keymap.keysOf(name).length === 0 && <span class="quiet">no key</span>}
            <button
              type="button"
              class="icon-button is-small sheet-change"
              title="Change the key"
              aria-label={`Change the key of: ${says}`}
              onClick={() => {
                keyChange.value = { action: name, wanted: null };
              }}
            >
              <Icon name="pencil" size={13} />
            </button>
          </>
        )}
      </dd>
    </div>
  );
}

/** Waits for a key; where it does something already, asks. */
function KeyChangeState({ change }: { change: KeyChange }) {
  const { keymap, keyChange } = usePanels();
  const { action, wanted } = change;
  const done = () => {
    keyChange.value = null;
  };
  if (wanted === null) {
    return (
      <button type="button" class="button is-small" onClick={done}>
        Press a key (Esc: leave it)
      </button>
    );
  }
  const owner = keymap.ownerOf(wanted) ?? "";
  return (
    <span class="sheet-conflict" role="alert">
      <Keys written={wanted} /> does “{ACTIONS[owner]?.says}”.
      <button
        type="button"
        class="button is-small"
        onClick={() => {
          keymap.bind(action, wanted);
          done();
        }}
      >
        Use it here
      </button>
      <button type="button" class="button is-small" onClick={done}>
        Leave it
      </button>
    </span>
  );
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
