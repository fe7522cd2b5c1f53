import { LAYOUTS, type Layout } from "../geometry/layout";
import { COLOUR_MAPS } from "../render/colourMaps";
import { type MeasuringTool, SLABS, SOLIDS, type ViewStyle } from "../tools/viewSettings";
import { useWorkspace } from "./context";
import { useHint } from "./hint";
import { Icon, type IconName } from "./icons";

const LAYOUT_LOOKS: Record<Layout, { icon: IconName; says: string }> = {
  one: { icon: "paneOne", says: "One pane alone" },
  three: { icon: "paneThree", says: "Three planes" },
  four: { icon: "paneFour", says: "Three planes and 3D" },
};
const MEASURING: Record<MeasuringTool, { icon: IconName; says: string }> = {
  ruler: { icon: "ruler", says: "Ruler: drag from one place to the other" },
  angle: { icon: "angle", says: "Angle: click on its first end, its corner and its second end" },
};
const COLOUR_NAMES = { grey: "Grey", inverted: "Inverted", hot: "Hot", viridis: "Viridis" } as const;
const SLAB_NAMES = { brightest: "Brightest (MIP)", mean: "Mean", darkest: "Darkest (MinIP)" } as const;
const SOLID_NAMES = { surfaces: "3D: labels", projection: "3D: image (MIP)", oblique: "Oblique slice" } as const;

/** Over the images: how they are laid out, coloured and measured. */
export function ViewBar() {
  return (
    <section class="view-bar" aria-label="Views">
      <LayoutChoice />
      <Switches />
      <ColourChoice />
      <SlabChoice />
      <SolidChoice />
      <MeasuringChoice />
      <span class="topbar-space" />
      <WorldChoice />
    </section>
  );
}

interface ToggleProps {
  icon: IconName;
  says: string;
  action: string;
  pressed: boolean;
  onClick: () => void;
}

function Toggle({ icon, says, action, pressed, onClick }: ToggleProps) {
  const hint = useHint();
  return (
    <button
      type="button"
      class="icon-button is-small"
      title={hint(says, action)}
      aria-label={says}
      aria-pressed={pressed}
      onClick={onClick}
    >
      <Icon name={icon} />
    </button>
  );
}

function LayoutChoice() {
  const { view } = useWorkspace();
  return (
    <div class="view-group">
      {LAYOUTS.map((layout) => (
        <Toggle
          key={layout}
          {...LAYOUT_LOOKS[layout]}
          action={`layout.${layout}`}
          pressed={view.style.value.layout === layout}
          onClick={() => view.change({ layout })}
        />
      ))}
    </div>
  );
}

function Switches() {
  const { view } = useWorkspace();
  const { linkedZoom, crosshair, outlined } = view.style.value;
  return (
    <div class="view-group">
      <Toggle
        icon="link"
        says="Zoom all planes together"
        action="zoom.linked"
        pressed={linkedZoom}
        onClick={() => view.change({ linkedZoom: !linkedZoom })}
      />
      <Toggle
        icon="target"
        says="Show the crosshair"
        action="crosshair.toggle"
        pressed={crosshair}
        onClick={() => view.change({ crosshair: !crosshair })}
      />
      <Toggle
        icon="outline"
        says="Labels as outlines"
        action="masks.outlined"
        pressed={outlined}
        onClick={() => view.change({ outlined: !outlined })}
      />
    </div>
  );
}

function ColourChoice() {
  const { view } = useWorkspace();
  const hint = useHint();
  return (
    <select
      class="field is-small"
      aria-label="Colour map"
      title={hint("Colour map", "colours.next")}
      value={view.style.value.colourMap}
      onChange={(event) => view.change({ colourMap: event.currentTarget.value as ViewStyle["colourMap"] })}
    >
      {COLOUR_MAPS.map((map) => (
        <option key={map} value={map}>
          {COLOUR_NAMES[map]}
        </option>
      ))}
    </select>
  );
}

function SlabChoice() {
  const { view } = useWorkspace();
  const hint = useHint();
  const { slab, slab_mm } = view.style.value;
  return (
    <div class="view-group">
      <label class="view-field" title={hint("Thickness of the slab that a plane shows", "slab.thicker")}>
        Slab
        <input
          class="field is-small"
          type="number"
          min="0"
          max="80"
          step="1"
          value={slab_mm}
          onInput={(event) => {
            const millimetres = event.currentTarget.valueAsNumber;
            if (millimetres >= 0 && millimetres <= 80) view.change({ slab_mm: millimetres });
          }}
        />
        mm
      </label>
      {slab_mm > 0 && (
        <select
          class="field is-small"
          aria-label="What is shown of the slab"
          title={hint("What is shown of the slab", "slab.next")}
          value={slab}
          onChange={(event) => view.change({ slab: event.currentTarget.value as ViewStyle["slab"] })}
        >
          {SLABS.map((kind) => (
            <option key={kind} value={kind}>
              {SLAB_NAMES[kind]}
            </option>
          ))}
        </select>
      )}
    </div>
  );
}

/** Only where 3D is on screen. */
function SolidChoice() {
  const { view } = useWorkspace();
  const hint = useHint();
  const { layout, large, solid } = view.style.value;
  if (layout !== "four" && !(layout === "one" && large === "volume")) return null;
  return (
    <select
      class="field is-small"
      aria-label="What 3D shows"
      title={hint("What 3D shows", "solid.next")}
      value={solid}
      onChange={(event) => view.change({ solid: event.currentTarget.value as ViewStyle["solid"] })}
    >
      {SOLIDS.map((kind) => (
        <option key={kind} value={kind}>
          {SOLID_NAMES[kind]}
        </option>
      ))}
    </select>
  );
}

function MeasuringChoice() {
  const { view } = useWorkspace();
  const hint = useHint();
  return (
    <div class="view-group">
      {(["ruler", "angle"] as const).map((tool) => (
        <Toggle
          key={tool}
          {...MEASURING[tool]}
          action={`measure.${tool}`}
          pressed={view.measuring.value === tool}
          onClick={() => view.toggleMeasuring(tool)}
        />
      ))}
      <button
        type="button"
        class="icon-button is-small"
        title={hint("Remove all measurements", "measure.clear")}
        aria-label="Remove all measurements"
        onClick={() => {
          view.measurementsCleared.value++;
        }}
      >
        <Icon name="close" size={13} />
      </button>
    </div>
  );
}

function WorldChoice() {
  const { view } = useWorkspace();
  const hint = useHint();
  const { world } = view.style.value;
  return (
    <button
      type="button"
      class="button is-small"
      title={hint(
        "Directions in which patient coordinates grow: right, anterior, superior or left, posterior, superior",
        "world.toggle",
      )}
      aria-label={`Coordinates: ${world}`}
      onClick={() => view.change({ world: world === "RAS" ? "LPS" : "RAS" })}
    >
      {world}
    </button>
  );
}
