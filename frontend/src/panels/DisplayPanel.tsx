import { useWorkspace } from "./context";
import { compact } from "./format";
import { useHint } from "./hint";

export function DisplayPanel() {
  return (
    <section class="panel" aria-labelledby="display-title">
      <header class="panel-head">
        <h2 id="display-title">Display</h2>
        <PresetChoice />
      </header>
      <div class="sliders">
        <WindowSliders />
        <MaskSlider />
      </div>
    </section>
  );
}

function PresetChoice() {
  const workspace = useWorkspace();
  const hint = useHint();
  const { presets } = workspace;
  const { center, width } = workspace.window.value;
  const chosen = presets.findIndex((preset) => preset.center === center && preset.width === width);
  return (
    <select
      class="field is-small"
      aria-label="Window preset"
      title={hint("Window preset", `window.${Math.max(0, chosen) + 1}`)}
      value={String(chosen)}
      onChange={(event) => workspace.applyPreset(Number(event.currentTarget.value))}
    >
      {chosen < 0 && <option value="-1">Own window</option>}
      {presets.map((preset, place) => (
        <option key={preset.name} value={String(place)}>
          {preset.name}
        </option>
      ))}
    </select>
  );
}

function WindowSliders() {
  const workspace = useWorkspace();
  const [low, high] = workspace.volume.value_range;
  const span = Math.max(high - low, Number.EPSILON);
  const { center, width } = workspace.window.value;
  const set = (change: { center?: number; width?: number }) => {
    workspace.window.value = { ...workspace.window.value, ...change };
  };
  return (
    <>
      <Slider says="Level" value={center} from={low} to={high} onInput={(value) => set({ center: value })} />
      {/* Half of the range suffices for most images, so the slider goes by the square: fine steps where it is narrow. */}
      <Slider
        says="Window"
        value={Math.sqrt(width / span)}
        shown={width}
        from={0.01}
        to={Math.SQRT2}
        onInput={(value) => set({ width: value * value * span })}
      />
    </>
  );
}

function MaskSlider() {
  const workspace = useWorkspace();
  const shown = workspace.masksShown.value;
  return (
    <Slider
      says="Masks"
      value={shown ? workspace.opacity.value : 0}
      from={0}
      to={1}
      text={shown ? `${Math.round(workspace.opacity.value * 100)} %` : "hidden"}
      onInput={(value) => {
        workspace.masksShown.value = true;
        workspace.setOpacity(value);
      }}
    />
  );
}

interface SliderProps {
  says: string;
  value: number;
  from: number;
  to: number;
  /** The number to show beside it, where it is not `value`. */
  shown?: number;
  text?: string;
  onInput: (value: number) => void;
}

function Slider({ says, value, from, to, shown = value, text = compact(shown), onInput }: SliderProps) {
  const filled = Math.max(0, Math.min(1, (value - from) / (to - from)));
  return (
    <label class="slider">
      <span>{says}</span>
      <input
        type="range"
        min={from}
        max={to}
        step={(to - from) / 500}
        value={value}
        style={{ "--filled": `${filled * 100}%` }}
        aria-valuetext={text}
        onInput={(event) => onInput(event.currentTarget.valueAsNumber)}
      />
      <output>{text}</output>
    </label>
  );
}
