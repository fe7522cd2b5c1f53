import { type ReadonlySignal, useComputed, useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { personColour } from "../store/companions";
import { type Theme, theme } from "../store/theme";
import { usePanels, useWorkspace } from "./context";
import { useHint } from "./hint";
import { Icon } from "./icons";
import { columnSentence, ribbonColumns, ribbonMarks, sliceAt } from "./ribbonModel";
import { paintRibbon, RIBBON_HEIGHT_PX, type RibbonColours, type RibbonPicture, ribbonColours } from "./ribbonPainter";

/** The volume as a strip along the propagation axis; it fills as slices arrive, and a click goes there. */
export function SliceRibbon() {
  const { store } = useWorkspace();
  const hovered = useSignal<number | null>(null);
  return (
    <section class="ribbon" aria-label="Slices">
      <header class="ribbon-head">
        <span class="ribbon-slice">
          Slice <SliceNumber /> / {store.slices.length}
        </span>
        <SliceLock />
        <LookNext />
        <span class="topbar-space" />
        <HoverText hovered={hovered} />
        <Legend />
      </header>
      <RibbonCanvas hovered={hovered} />
    </section>
  );
}

/** Where we are, and where to go: a number typed here leads to that slice. */
function SliceNumber() {
  const workspace = useWorkspace();
  const go = (field: HTMLInputElement) => {
    const wanted = Number.parseInt(field.value, 10);
    if (Number.isFinite(wanted)) workspace.goToSlice(wanted - 1);
    field.value = String(workspace.slice.value + 1);
    field.blur();
  };
  return (
    <input
      class="slice-number"
      inputMode="numeric"
      aria-label="Slice number"
      title="Type a number to go to that slice"
      value={workspace.slice.value + 1}
      onFocus={(event) => event.currentTarget.select()}
      onChange={(event) => go(event.currentTarget)}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.currentTarget.value = String(workspace.slice.value + 1);
        event.currentTarget.blur();
      }}
    />
  );
}

function SliceLock() {
  const workspace = useWorkspace();
  const hint = useHint();
  const locked = workspace.store.locks.value.slices.has(workspace.slice.value);
  const says = locked ? "Locked for everybody; click to unlock" : "Lock it: neither the model nor a hand changes it";
  return (
    <button
      type="button"
      class="icon-button is-small"
      aria-label="Lock this slice"
      aria-pressed={locked}
      title={hint(says, "slice.lock")}
      onClick={() => workspace.toggleSliceLock()}
    >
      <Icon name={locked ? "lock" : "unlock"} size={14} />
    </button>
  );
}

function LookNext() {
  const workspace = useWorkspace();
  const hint = useHint();
  return (
    <>
      <button
        type="button"
        class="ribbon-button"
        title={hint(
          "Go to the slice on which the model is least sure, of those that you have not looked at",
          "slice.doubtful",
        )}
        onClick={() => workspace.goToDoubt()}
      >
        Look here next
      </button>
      <DoubtText />
    </>
  );
}

function DoubtText() {
  const { store, doubt, slice } = useWorkspace();
  const here = doubt.value;
  if (here?.z !== slice.value) return null;
  const name = store.labelOf(here.label)?.name ?? `Label ${here.label}`;
  return (
    <span class="quiet" role="status">
      {name}: {Math.round(100 * here.confidence)} % sure
    </span>
  );
}

const LEGEND = [
  ["model", "model"],
  ["prompted", "prompted"],
  ["painted", "painted"],
  ["interpolated", "filled in"],
  ["reviewed", "reviewed"],
] as const;

function Legend() {
  return (
    <ul class="legend" aria-label="Colours of the lower strip">
      {LEGEND.map(([trust, says]) => (
        <li key={trust}>
          <span class="legend-colour" style={{ background: `var(--trust-${trust})` }} />
          {says}
        </li>
      ))}
    </ul>
  );
}

function HoverText({ hovered }: { hovered: ReadonlySignal<number | null> }) {
  const { store } = useWorkspace();
  store.sliceChanges.value;
  const z = hovered.value;
  if (z === null) return null;
  const column = ribbonColumns(store.slices, store.revision.value)[z];
  if (!column) return null;
  return (
    <span class="quiet">{columnSentence(z, column, (value) => store.labelOf(value)?.name ?? `Label ${value}`)}</span>
  );
}

function usePicture(hovered: ReadonlySignal<number | null>): ReadonlySignal<RibbonPicture> {
  const { store, axis, slice } = useWorkspace();
  const columns = useComputed(() => {
    store.sliceChanges.value;
    return ribbonColumns(store.slices, store.revision.value);
  });
  return useComputed(() => ({
    columns: columns.value,
    marks: ribbonMarks(
      store.drawnPrompts().map((prompt) => ({ ...prompt, voxels: [...prompt.voxels] })),
      axis,
    ),
    locked: store.locks.value.slices,
    rows: store.labels.value.filter(({ value }) => !store.hiddenLabels.value.has(value)),
    others: [...store.companions.places.value].map(([id, { at }]) => ({
      z: at[axis] as number,
      colour: personColour(id).line,
    })),
    current: slice.value,
    hovered: hovered.value,
  }));
}

/** Repaints at most once a frame, whatever changes how often. */
function usePainting(picture: ReadonlySignal<RibbonPicture>) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useSignal(0);
  const colours = useRef<{ theme: Theme; of: RibbonColours } | null>(null);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => {
      width.value = Math.round(entry?.contentRect.width ?? 0);
    });
    if (canvas.current?.parentElement) observer.observe(canvas.current.parentElement);
    return () => observer.disconnect();
  }, [width]);
  useSignalEffect(() => {
    const shown = picture.value;
    const wide = width.value;
    const here = theme.value;
    const request = requestAnimationFrame(() => {
      const element = canvas.current;
      const context = element?.getContext("2d");
      if (!element || !context || wide === 0) return;
      fitCanvas(element, context, wide);
      if (colours.current?.theme !== here) colours.current = { theme: here, of: ribbonColours(element) };
      paintRibbon(context, wide, shown, colours.current.of);
    });
    return () => cancelAnimationFrame(request);
  });
  return canvas;
}

function fitCanvas(element: HTMLCanvasElement, context: CanvasRenderingContext2D, width: number): void {
  const density = window.devicePixelRatio || 1;
  const pixels = Math.round(width * density);
  if (element.width !== pixels) {
    element.width = pixels;
    element.height = Math.round(RIBBON_HEIGHT_PX * density);
  }
  context.setTransform(density, 0, 0, density, 0, 0);
}

function RibbonCanvas({ hovered }: { hovered: { value: number | null } & ReadonlySignal<number | null> }) {
  const { workspace } = usePanels();
  const { store, slice } = workspace;
  const canvas = usePainting(usePicture(hovered));
  const under = (event: PointerEvent) => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    return sliceAt(event.clientX - box.left, box.width, store.slices.length);
  };
  const onMove = (event: PointerEvent) => {
    hovered.value = under(event);
    if (event.buttons & 1) workspace.goToSlice(under(event));
  };
  return (
    <div
      class="ribbon-strip"
      role="slider"
      tabIndex={0}
      aria-label="Slice along the propagation axis"
      aria-valuemin={1}
      aria-valuemax={store.slices.length}
      aria-valuenow={slice.value + 1}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        workspace.goToSlice(under(event));
      }}
      onPointerMove={onMove}
      onPointerLeave={() => {
        hovered.value = null;
      }}
    >
      <canvas ref={canvas} style={{ height: `${RIBBON_HEIGHT_PX}px` }} />
    </div>
  );
}
