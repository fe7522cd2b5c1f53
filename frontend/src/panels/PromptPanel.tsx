import type { Person, PromptKind, Voxel } from "../protocol/protocol";
import { personColour } from "../store/companions";
import { ACTIONS } from "../tools/keymap";
import { usePanels, useWorkspace } from "./context";
import { initials } from "./format";
import { Icon } from "./icons";

interface Row {
  readonly key: string;
  /** Null while it is on its way to the server. */
  readonly edit: number | null;
  readonly label: number;
  readonly kind: PromptKind;
  readonly positive: boolean;
  readonly voxels: readonly Voxel[];
  readonly user: Person | null;
}

/** Newest first: mine under way, then what the server has. */
function useRows(): Row[] {
  const { store } = useWorkspace();
  const pending = store.pendingPrompts.value.map(({ edit }) => ({
    ...edit,
    key: edit.request,
    edit: null,
    user: null,
  }));
  const known = store.prompts.value.map((prompt, place) => ({ ...prompt, key: `${prompt.edit}.${place}` }));
  return [...known, ...pending].reverse();
}

export function PromptPanel() {
  const rows = useRows();
  return (
    <section class="panel is-growing" aria-labelledby="prompts-title">
      <header class="panel-head">
        <h2 id="prompts-title">Prompts</h2>
        <Polarity />
      </header>
      <ToolChoice />
      {rows.length === 0 ? (
        <p class="hint">
          Click on a structure in any plane, or draw a line, a box or an outline: the active label grows through the
          volume from there. Use the right button where it is wrong.
        </p>
      ) : (
        <ul class="prompts">
          {rows.map((row) => (
            <PromptRow key={row.key} row={row} />
          ))}
        </ul>
      )}
    </section>
  );
}

const TOOLS = [
  { tool: "point", name: "Point" },
  { tool: "scribble", name: "Scribble" },
  { tool: "box", name: "Box" },
  { tool: "lasso", name: "Lasso" },
] as const;

/** What a drag on the image draws. */
function ToolChoice() {
  const { workspace, keymap } = usePanels();
  return (
    <fieldset class="segments is-wide" aria-label="Prompt tool">
      {TOOLS.map(({ tool, name }) => {
        const action = `tool.${tool}`;
        return (
          <button
            key={tool}
            type="button"
            class="segment"
            aria-pressed={workspace.paint.kind.value === null && workspace.tool.value === tool}
            title={`${ACTIONS[action]?.says} — ${keymap.keysOf(action)[0]?.toUpperCase()}`}
            onClick={() => workspace.chooseTool(tool)}
          >
            {name}
          </button>
        );
      })}
    </fieldset>
  );
}

/** What a left click does; the right button does the other. */
function Polarity() {
  const { positive } = useWorkspace();
  const choice = (value: boolean, sign: string, says: string) => (
    <button
      type="button"
      class="segment"
      aria-pressed={positive.value === value}
      title={`${says} — T switches, right button does the other`}
      onClick={() => {
        positive.value = value;
      }}
    >
      {sign}
    </button>
  );
  return (
    <fieldset class="segments" aria-label="What a click does">
      {choice(true, "+ Add", "A click adds to the label")}
      {choice(false, "− Remove", "A click takes away from the label")}
    </fieldset>
  );
}

function PromptRow({ row }: { row: Row }) {
  const { workspace } = usePanels();
  const { store, axis } = workspace;
  const label = store.labelOf(row.label);
  const voxel = row.voxels[0];
  const slice = voxel?.[axis] ?? 0;
  const here = workspace.slice.value === slice;
  const { edit, voxels } = row;
  const chosen = edit !== null && workspace.chosenPrompt.value?.edit === edit;
  const classes = ["prompt-row", row.user === null && "is-pending", here && "is-here", chosen && "is-chosen"]
    .filter(Boolean)
    .join(" ");
  return (
    <li class="prompt-item">
      <button
        type="button"
        class={classes}
        style={{ "--label": label?.colour ?? "#888" }}
        aria-pressed={chosen}
        title={row.user === null ? "On its way to the server" : `By ${row.user.name}; click to choose it and go there`}
        onClick={() => (edit === null ? voxel && workspace.goTo(voxel) : workspace.choosePrompt({ edit, voxels }))}
      >
        <span class={row.positive ? "dot" : "dot is-negative"} aria-hidden="true" />
        <span class="prompt-label">
          <span class="visually-hidden">{row.positive ? "Add to" : "Remove from"} </span>
          {nameOf(row, label?.name)}
        </span>
        <span class="prompt-place">{voxel && `${KIND_NAMES[row.kind]}slice ${slice + 1}`}</span>
        <Author user={row.user} />
      </button>
      {chosen && row.user?.id === store.boot.user.id && (
        <button
          type="button"
          class="icon-button is-small"
          title="Take this prompt back — Delete; Y brings it back"
          aria-label="Take this prompt back"
          onClick={() => workspace.removeChosenPrompt()}
        >
          <Icon name="close" size={13} />
        </button>
      )}
    </li>
  );
}

const KIND_NAMES: Record<PromptKind, string> = {
  point: "",
  box: "box, ",
  scribble: "scribble, ",
  lasso: "lasso, ",
  mask: "painted, ",
  carry: "",
  lock: "",
  end: "ends on ",
};

function nameOf({ kind, label, positive, voxels }: Row, name: string | undefined): string {
  if (kind === "carry") return "Propagated";
  if (kind === "lock") return `${positive ? "Locked" : "Unlocked"} ${voxels.length > 0 ? "slice" : (name ?? label)}`;
  return kind === "mask" && label === 0 ? "Erased" : (name ?? `Label ${label}`);
}

function Author({ user }: { user: Person | null }) {
  const me = useWorkspace().store.boot.user;
  if (user === null) return <span class="pulse" aria-hidden="true" />;
  if (user.id === me.id) return null;
  return (
    <span class="author" style={{ "--person": personColour(user.id).ground }}>
      {initials(user.name)}
    </span>
  );
}
