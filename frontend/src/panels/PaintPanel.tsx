import type { Signal } from "@preact/signals";
import type { Over, Range } from "../painting/paintRule";
import type { PaintKind } from "../tools/paintSettings";
import { useWorkspace } from "./context";
import { useHint } from "./hint";
import { Icon, type IconName } from "./icons";

const TOOLS: readonly { kind: PaintKind; name: string; icon: IconName; says: string }[] = [
  { kind: "brush", name: "Brush", icon: "brush", says: "Paint voxels of the active label; the right button erases" },
  { kind: "eraser", name: "Eraser", icon: "eraser", says: "Erase voxels; the right button paints" },
  { kind: "outline", name: "Outline", icon: "lasso", says: "Fill what is drawn around; the right button erases it" },
  {
    kind: "fill",
    name: "Fill",
    icon: "fill",
    says: "Fill a hole or a region of the slice; the right button erases it",
  },
];

/** Painting by hand: what is painted stays exactly so, and the model follows when it is asked to. */
export function PaintPanel() {
  const { paint } = useWorkspace();
  const kind = paint.kind.value;
  return (
    <section class="panel" aria-labelledby="paint-title">
      <header class="panel-head">
        <h2 id="paint-title">Paint</h2>
        <CarryOn />
      </header>
      <fieldset class="segments is-wide" aria-label="Painting tool">
        {TOOLS.map((tool) => (
          <ToolButton key={tool.kind} {...tool} />
        ))}
      </fieldset>
      {kind !== null && (
        <div class="paint-options">
          {(kind === "brush" || kind === "eraser") && <Size />}
          <PaintOver />
          <Values />
          {kind === "brush" && (
            <Check on={paint.smart} says="Stop at edges of the image" action="paint.smart">
              Of what is under the brush, only what looks like its middle
            </Check>
          )}
          {kind === "outline" && (
            <Check on={paint.through} says="Through all slices">
              The outline is a tunnel through every slice of its plane
            </Check>
          )}
          <Check on={paint.live} says="Propagate each stroke at once" action="paint.live">
            The model takes up each stroke on the neighbouring slices at once
          </Check>
        </div>
      )}
    </section>
  );
}

function ToolButton({ kind, name, icon, says }: (typeof TOOLS)[number]) {
  const workspace = useWorkspace();
  const title = useHint();
  return (
    <button
      type="button"
      class="segment has-icon"
      aria-pressed={workspace.paint.kind.value === kind}
      title={title(says, `tool.${kind}`)}
      onClick={() => workspace.chooseTool(kind)}
    >
      <Icon name={icon} size={14} />
      {name}
    </button>
  );
}

function CarryOn() {
  const workspace = useWorkspace();
  const title = useHint();
  return (
    <button
      type="button"
      class="button is-small"
      title={title(
        "The model takes up, on the neighbouring slices, what was painted since the last time",
        "paint.carry",
      )}
      onClick={() => workspace.carryOn()}
    >
      Propagate
    </button>
  );
}

function Size() {
  const { paint } = useWorkspace();
  const title = useHint();
  const step = (by: 1 | -1, icon: IconName, says: string, action: string) => (
    <button
      type="button"
      class="icon-button is-small"
      aria-label={says}
      title={title(`${says}; also Shift and the wheel`, action)}
      onClick={() => paint.resize(by)}
    >
      <Icon name={icon} size={13} />
    </button>
  );
  const shape = (ball: boolean, icon: IconName, says: string) => (
    <button
      type="button"
      class="segment has-icon"
      aria-pressed={paint.ball.value === ball}
      aria-label={says}
      title={title(says, "paint.ball")}
      onClick={() => {
        paint.ball.value = ball;
      }}
    >
      <Icon name={icon} size={14} />
    </button>
  );
  return (
    <div class="paint-row">
      <span>Size</span>
      {step(-1, "minus", "Smaller brush", "paint.smaller")}
      <output aria-label="Diameter of the brush">{paint.diameter.value}</output>
      {step(1, "plus", "Larger brush", "paint.larger")}
      <span class="topbar-space" />
      <fieldset class="segments" aria-label="Shape of the brush">
        {shape(false, "disc", "A disc in the plane")}
        {shape(true, "ball", "A ball through the neighbouring slices")}
      </fieldset>
    </div>
  );
}

function PaintOver() {
  const { paint, store } = useWorkspace();
  const chosen = paint.over.value;
  const read = (value: string): Over => (value === "everything" || value === "background" ? value : Number(value));
  return (
    <label class="paint-row">
      <span>Over</span>
      <select
        class="field is-small"
        title="Which voxels may be painted or erased"
        value={String(chosen)}
        onChange={(event) => {
          paint.over.value = read(event.currentTarget.value);
        }}
      >
        <option value="everything">everything</option>
        <option value="background">background only</option>
        {store.labels.value.map(({ value, name }) => (
          <option key={value} value={String(value)}>
            only {name}
          </option>
        ))}
      </select>
    </label>
  );
}

/** The range of values that may be painted: typed, or picked from the image. */
function Values() {
  const { paint, window } = useWorkspace();
  const range = paint.range.value;
  const { center, width } = window.value;
  const set = (change: Partial<Range>) => {
    if (paint.range.value) paint.range.value = { ...paint.range.value, ...change };
  };
  const end = (name: "low" | "high", says: string) => (
    <input
      type="number"
      class="field is-small"
      aria-label={says}
      value={Number(range?.[name].toPrecision(4))}
      onChange={(event) => set({ [name]: event.currentTarget.valueAsNumber })}
    />
  );
  return (
    <div class="paint-row">
      <label class="paint-check" title="Only voxels with values in a range are painted or erased">
        <input
          type="checkbox"
          checked={range !== null}
          onChange={(event) => {
            const chosen = event.currentTarget.checked;
            paint.range.value = chosen ? { low: center - width / 2, high: center + width / 2 } : null;
            paint.picking.value = false;
          }}
        />
        Only values
      </label>
      {range && (
        <>
          {end("low", "Lowest value")}
          {end("high", "Highest value")}
          <button
            type="button"
            class="icon-button is-small"
            aria-label="Pick the values"
            aria-pressed={paint.picking.value}
            title="Pick the values under the brush with a click on the image"
            onClick={() => {
              paint.picking.value = !paint.picking.value;
            }}
          >
            <Icon name="target" size={14} />
          </button>
        </>
      )}
    </div>
  );
}

function Check({
  on,
  says,
  action,
  children,
}: {
  on: Signal<boolean>;
  says: string;
  action?: string;
  children: string;
}) {
  const title = useHint();
  return (
    <label class="paint-row" title={action ? title(children, action) : children}>
      <input
        type="checkbox"
        checked={on.value}
        onChange={(event) => {
          on.value = event.currentTarget.checked;
        }}
      />
      {says}
    </label>
  );
}
