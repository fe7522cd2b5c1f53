import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Label } from "../protocol/protocol";
import { keyCaps } from "../tools/keymap";
import { usePanels, useWorkspace } from "./context";
import { millilitres } from "./format";
import { useHint } from "./hint";
import { Icon } from "./icons";

export function LabelPanel() {
  const { store, addingLabel } = useWorkspace();
  const hint = useHint();
  const labels = store.labels.value;
  return (
    <section class="panel" aria-labelledby="labels-title">
      <header class="panel-head">
        <h2 id="labels-title">Labels</h2>
        <button
          type="button"
          class="icon-button is-small"
          title={hint("Add a label", "label.add")}
          aria-label="Add a label"
          onClick={() => {
            addingLabel.value = true;
          }}
        >
          <Icon name="plus" size={14} />
        </button>
      </header>
      {labels.length === 0 && !addingLabel.value && (
        <p class="hint">No labels yet. Add one, then click on it in the image.</p>
      )}
      <ul class="labels">
        {labels.map((label, place) => (
          <LabelRow key={label.id} label={label} place={place + 1} />
        ))}
      </ul>
      {addingLabel.value && <NewLabel />}
    </section>
  );
}

function LabelRow({ label, place }: { label: Label; place: number }) {
  const { workspace, keymap } = usePanels();
  const hint = useHint();
  const { store } = workspace;
  const key = keymap.keysOf(`label.${place}`)[0];
  const renaming = useSignal(false);
  const active = store.activeLabel.value === label.value;
  const hidden = store.hiddenLabels.value.has(label.value);
  const classes = ["label-row", active && "is-active", hidden && "is-hidden"].filter(Boolean).join(" ");
  return (
    <li class={classes} style={{ "--label": label.colour }} data-label={label.value}>
      <Swatch label={label} />
      {renaming.value ? (
        <NameField
          label={label}
          onDone={() => {
            renaming.value = false;
          }}
        />
      ) : (
        <button
          type="button"
          class="label-name"
          aria-pressed={active}
          title={hint(`${label.name} (double-click to rename)`, `label.${place}`)}
          onClick={() => workspace.selectLabel(label.value)}
          onDblClick={() => {
            renaming.value = true;
          }}
        >
          <span class="label-text">{label.name}</span>
          <LabelVolume value={label.value} />
          {key && <kbd>{keyCaps(key).join("+")}</kbd>}
        </button>
      )}
      <button
        type="button"
        class="icon-button is-small label-edit"
        title="Rename"
        aria-label={`Rename ${label.name}`}
        onClick={() => {
          renaming.value = true;
        }}
      >
        <Icon name="pencil" size={13} />
      </button>
      <LockButton label={label} />
      <button
        type="button"
        class="icon-button is-small"
        title={active ? hint(hidden ? "Show" : "Hide", "label.hide") : hidden ? "Show" : "Hide"}
        aria-label={`Hide ${label.name}`}
        aria-pressed={hidden}
        onClick={() => workspace.toggleLabel(label.value)}
      >
        <Icon name={hidden ? "eyeOff" : "eye"} size={15} />
      </button>
    </li>
  );
}

/** Shown while the label is locked, and under the pointer. */
function LockButton({ label }: { label: Label }) {
  const workspace = useWorkspace();
  const locked = workspace.store.locks.value.labels.has(label.value);
  return (
    <button
      type="button"
      class={locked ? "icon-button is-small" : "icon-button is-small label-edit"}
      title={locked ? "Locked for everybody; click to unlock" : "Lock: neither the model nor a hand changes it"}
      aria-label={`Lock ${label.name}`}
      aria-pressed={locked}
      onClick={() => workspace.toggleLabelLock(label.value)}
    >
      <Icon name={locked ? "lock" : "unlock"} size={14} />
    </button>
  );
}

function LabelVolume({ value }: { value: number }) {
  const { store, volume } = useWorkspace();
  store.sliceChanges.value;
  const voxels = store.slices.total(value);
  return (
    <span class="label-volume" title={voxels > 0 ? `${voxels.toLocaleString("en")} voxels` : "Nothing yet"}>
      {millilitres(voxels, volume.spacing_mm)}
    </span>
  );
}

function Swatch({ label }: { label: Label }) {
  const workspace = useWorkspace();
  return (
    <label class="swatch" title="Change colour">
      <span class="visually-hidden">Colour of {label.name}</span>
      <input
        type="color"
        value={label.colour}
        onChange={(event) => void workspace.changeLabel(label.id, { colour: event.currentTarget.value })}
      />
    </label>
  );
}

function NameField({ label, onDone }: { label: Label; onDone: () => void }) {
  const workspace = useWorkspace();
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.select(), []);
  const finish = (name: string) => {
    onDone();
    if (name && name !== label.name) void workspace.changeLabel(label.id, { name });
  };
  return (
    <input
      ref={field}
      class="field label-field"
      aria-label="Name of the label"
      defaultValue={label.name}
      maxLength={80}
      onBlur={(event) => finish(event.currentTarget.value.trim())}
      onKeyDown={(event) => {
        if (event.key === "Enter") event.currentTarget.blur();
        if (event.key === "Escape") onDone();
      }}
    />
  );
}

function NewLabel() {
  const workspace = useWorkspace();
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  const close = () => {
    workspace.addingLabel.value = false;
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    const name = field.current?.value.trim() ?? "";
    if (name === "" || (await workspace.addLabel(name))) close();
  };
  return (
    <form class="new-label" onSubmit={(event) => void submit(event)}>
      <input
        ref={field}
        class="field"
        aria-label="Name of the new label"
        placeholder="Name, then Enter"
        maxLength={80}
        onKeyDown={(event) => event.key === "Escape" && close()}
      />
      <button type="submit" class="button is-small">
        Add
      </button>
    </form>
  );
}
