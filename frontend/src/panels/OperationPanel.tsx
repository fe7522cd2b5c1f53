import { useEffect, useRef } from "preact/hooks";
import type { Operation } from "../protocol/protocol";
import { keyCaps } from "../tools/keymap";
import {
  type CheckField,
  type ChoiceField,
  type Field,
  type NumberField,
  OPERATIONS,
  saysOf,
} from "../tools/operations";
import { usePanels, useWorkspace } from "./context";
import { initials, millilitres } from "./format";
import { Icon } from "./icons";
import { runSentence } from "./runSentence";

const GROUPS = ["Slices", "Islands", "Shape", "Labels", "Intensity"] as const;

/** What is done to whole labels; closed, it is one line. */
export function OperationPanel() {
  const { workspace, keymap } = usePanels();
  const { open } = workspace.operations;
  const key = keymap.keysOf("operations.open")[0] ?? "";
  return (
    <section class="panel operations" aria-labelledby="operations-title">
      <header class="panel-head">
        <h2 id="operations-title">Operations</h2>
        <button
          type="button"
          class="icon-button is-small"
          title={`${open.value ? "Close" : "Open"} — ${keyCaps(key).join("+")}`}
          aria-label="Operations on whole labels"
          aria-expanded={open.value}
          onClick={() => {
            open.value = !open.value;
          }}
        >
          <Icon name={open.value ? "close" : "plus"} size={14} />
        </button>
      </header>
      {open.value && <OperationForm />}
    </section>
  );
}

function OperationForm() {
  const { operations } = useWorkspace();
  const chosen = OPERATIONS.find(({ name }) => name === operations.chosen.value) ?? OPERATIONS[0];
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    // On a small screen the panels scroll, and "Apply" lies at the end of this one.
    if (chosen) form.current?.scrollIntoView({ block: "end" });
  }, [chosen]);
  if (!chosen) return null;
  return (
    <form
      ref={form}
      class="operation-form"
      onSubmit={(event) => {
        event.preventDefault();
        operations.apply(chosen);
      }}
    >
      <OperationChoice />
      <p class="hint">{chosen.tells}</p>
      {chosen.fields.map((field) => (
        <FieldRow key={`${chosen.name}.${field.name}`} operation={chosen.name} field={field} />
      ))}
      {chosen.others && <Others says={chosen.others} />}
      <SliceRange />
      {chosen.grows && <OverAny />}
      <Seen />
      <ApplyRow name={chosen.name} />
      <Outcome />
      <Applied />
    </form>
  );
}

function OperationChoice() {
  const { operations } = useWorkspace();
  return (
    <select
      class="field"
      aria-label="Operation"
      value={operations.chosen.value}
      onChange={(event) => {
        operations.chosen.value = event.currentTarget.value;
      }}
    >
      {GROUPS.map((group) => (
        <optgroup key={group} label={group}>
          {OPERATIONS.filter((operation) => operation.group === group).map(({ name, says }) => (
            <option key={name} value={name}>
              {says}
            </option>
          ))}
        </optgroup>
      ))}
    </select>
  );
}

function FieldRow({ operation, field }: { operation: string; field: Field }) {
  switch (field.kind) {
    case "number":
      return <NumberRow operation={operation} field={field} />;
    case "choice":
      return <ChoiceRow operation={operation} field={field} />;
    case "check":
      return <CheckRow operation={operation} field={field} />;
  }
}

function NumberRow({ operation, field }: { operation: string; field: NumberField }) {
  const { operations, volume } = useWorkspace();
  const unit = field.unit || (volume.modality === "CT" ? "HU" : "");
  return (
    <label class="operation-field">
      <span>{field.says}</span>
      <input
        type="number"
        class="field"
        required
        min={field.from}
        max={field.to}
        step="any"
        value={String(operations.valuesOf(operation)[field.name] ?? "")}
        onChange={(event) => operations.change(operation, { [field.name]: event.currentTarget.valueAsNumber })}
      />
      <span class="quiet">{unit}</span>
    </label>
  );
}

function ChoiceRow({ operation, field }: { operation: string; field: ChoiceField }) {
  const { operations } = useWorkspace();
  return (
    <label class="operation-field is-wide">
      <span>{field.says}</span>
      <select
        class="field"
        value={String(operations.valuesOf(operation)[field.name])}
        onChange={(event) => operations.change(operation, { [field.name]: event.currentTarget.value })}
      >
        {field.options.map(([value, says]) => (
          <option key={value} value={value}>
            {says}
          </option>
        ))}
      </select>
    </label>
  );
}

function CheckRow({ operation, field }: { operation: string; field: CheckField }) {
  const { operations } = useWorkspace();
  return (
    <label class="operation-check">
      <input
        type="checkbox"
        checked={operations.valuesOf(operation)[field.name] === true}
        onChange={(event) => operations.change(operation, { [field.name]: event.currentTarget.checked })}
      />
      {field.says}
    </label>
  );
}

function Others({ says }: { says: string }) {
  const { operations, store } = useWorkspace();
  const rest = store.labels.value.filter(({ value }) => value !== store.activeLabel.value);
  return (
    <fieldset class="operation-others">
      <legend>{says}</legend>
      {rest.length === 0 && <span class="quiet">There is no other label.</span>}
      {rest.map(({ value, name, colour }) => (
        <button
          key={value}
          type="button"
          class="chip"
          style={{ "--label": colour }}
          aria-pressed={operations.others.value.includes(value)}
          onClick={() => operations.toggleOther(value)}
        >
          <span class="chip-colour" aria-hidden="true" />
          {name}
        </button>
      ))}
    </fieldset>
  );
}

/** First and last slice, counted from 1 as everywhere on the page. */
function SliceRange() {
  const { operations, store } = useWorkspace();
  const { slices } = operations;
  const { length } = store.slices;
  const set = (first: number, last: number) => {
    const within = (index: number) => Math.max(0, Math.min(length - 1, Number.isFinite(index) ? Math.round(index) : 0));
    slices.value = [Math.min(within(first), within(last)), Math.max(within(first), within(last))];
  };
  const range = slices.value;
  return (
    <div class="operation-slices">
      <label class="operation-check">
        <input
          type="checkbox"
          checked={range === null}
          onChange={(event) => {
            slices.value = event.currentTarget.checked ? null : [0, length - 1];
          }}
        />
        All slices
      </label>
      {range && (
        <>
          <input
            type="number"
            class="field"
            aria-label="First slice"
            min={1}
            max={length}
            value={range[0] + 1}
            onChange={(event) => set(event.currentTarget.valueAsNumber - 1, range[1])}
          />
          <span class="quiet">to</span>
          <input
            type="number"
            class="field"
            aria-label="Last slice"
            min={1}
            max={length}
            value={range[1] + 1}
            onChange={(event) => set(range[0], event.currentTarget.valueAsNumber - 1)}
          />
        </>
      )}
    </div>
  );
}

function OverAny() {
  const { overAny } = useWorkspace().operations;
  return (
    <label class="operation-check" title="Otherwise the label only grows into what has no label yet">
      <input
        type="checkbox"
        checked={overAny.value}
        onChange={(event) => {
          overAny.value = event.currentTarget.checked;
        }}
      />
      May take voxels of other labels
    </label>
  );
}

/** What the operation is about, and how much of it there is. */
function Seen() {
  const { operations, store, volume } = useWorkspace();
  const label = store.labelOf(store.activeLabel.value);
  if (!label) return null;
  const voxels = operations.voxelsSeen();
  return (
    <p class="operation-seen">
      <span class="chip-colour" style={{ "--label": label.colour }} aria-hidden="true" />
      <b class="prompt-label">{label.name}</b>
      <span class="quiet operation-size">
        {voxels === 0
          ? "is not on these slices"
          : `${voxels.toLocaleString("en")} voxels, ${millilitres(voxels, volume.spacing_mm)}`}
      </span>
    </p>
  );
}

function ApplyRow({ name }: { name: string }) {
  const { workspace, keymap } = usePanels();
  const { operations, store } = workspace;
  const key = keymap.keysOf(`operation.${name}`)[0];
  const mine = operations.mine.value;
  const busy = operations.busy.value;
  return (
    <div class="operation-apply">
      <button type="submit" class="button primary" disabled={busy || store.activeLabel.value === 0}>
        {busy ? "Working…" : "Apply"}
        {key && !busy && <kbd>{keyCaps(key).join(" ")}</kbd>}
      </button>
      {mine && (
        <button type="button" class="button" onClick={() => operations.takeBack(mine.edit)}>
          {busy ? "Cancel" : "Undo"}
        </button>
      )}
    </div>
  );
}

function Outcome() {
  const { operations, store } = useWorkspace();
  const run = store.run.value;
  if (!run || operations.mine.value === null) return null;
  return (
    <p class="operation-outcome" role="status">
      {operations.busy.value && <span class="pulse" aria-hidden="true" />}
      {runSentence(run, store.recomputed.value, store.slices.length)}
    </p>
  );
}

/** What was done by anybody and counts, newest first. */
function Applied() {
  const { store } = useWorkspace();
  const applied = [...store.operations.value].reverse();
  if (applied.length === 0) return null;
  return (
    <ul class="operations-applied" aria-label="Operations done">
      {applied.map((operation) => (
        <AppliedRow key={operation.edit} operation={operation} />
      ))}
    </ul>
  );
}

function AppliedRow({ operation }: { operation: Operation }) {
  const { operations, store } = useWorkspace();
  const label = store.labelOf(operation.label);
  const { me, user } = { me: store.boot.user, user: operation.user };
  const says = saysOf(operation.name);
  return (
    <li class="operation-row" title={`By ${user.name}`}>
      <span class="chip-colour" style={{ "--label": label?.colour ?? "#888" }} aria-hidden="true" />
      <span>{says}</span>
      <span class="quiet prompt-label">{label?.name ?? `Label ${operation.label}`}</span>
      {user.id === me.id ? (
        <button
          type="button"
          class="icon-button is-small"
          title="Take this operation back; Y brings it back"
          aria-label={`Take back ${says}`}
          onClick={() => operations.takeBack(operation.edit)}
        >
          <Icon name="close" size={13} />
        </button>
      ) : (
        <span class="author">{initials(user.name)}</span>
      )}
    </li>
  );
}
