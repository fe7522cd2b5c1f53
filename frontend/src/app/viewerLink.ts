/** Keeps the image viewer and the signals of the workspace in step, both ways. */

import { effect } from "@preact/signals";
import type { PaintRule } from "../painting/paintRule";
import { personColour } from "../store/companions";
import type { ReviewStore } from "../store/review";
import type { ClickTimings } from "../store/timings";
import type { Workspace } from "../tools/workspace";
import type { DrawnCompanion } from "../viewer/companionMarks";
import type { PaintTool } from "../viewer/paintLayer";
import type { ImageViewer, ImageViewerEvents } from "../viewer/types";

/** From the viewer to the signals. */
export function viewerEvents(workspace: Workspace, timings: ClickTimings): ImageViewerEvents {
  const { store, toasts } = workspace;
  return {
    onPoint: (voxel, inverted) => workspace.addPrompt("point", [voxel], inverted),
    onDrawn: (kind, voxels, inverted) => workspace.addPrompt(kind, voxels, inverted),
    onStroke: ({ label, region }) => workspace.addStroke(label, region),
    onRange: (range) => workspace.paint.pick(range),
    onResizeBrush: (by) => workspace.paint.resize(by),
    onCrosshair: (voxel) => workspace.goTo(voxel),
    onPointer: (voxel) => {
      workspace.pointer.value = voxel;
    },
    onWindow: (window) => {
      workspace.window.value = window;
    },
    onEnlarge: (pane) => workspace.view.enlarge(pane),
    onLoaded: (share) => {
      store.imageLoaded.value = share;
    },
    onPainted: () => timings.painted(),
    onProblem: (sentence) => toasts.say(sentence, "problem"),
  };
}

/** What the hand paints with now; null while prompts are made. The eraser paints with the right button. */
function paintTool({ paint, store, view, axis }: Workspace): PaintTool | null {
  const kind = paint.kind.value;
  const label = store.labelOf(store.activeLabel.value);
  if (kind === null || view.measuring.value !== null) return null;
  const rule = (value: number): PaintRule => ({
    value,
    over: paint.over.value,
    spared: store.locks.value.labels,
    held: { axis, slices: store.locks.value.slices },
    range: paint.range.value,
  });
  const [draws, erases] = [rule(label?.value ?? 0), rule(0)];
  const shape = kind === "eraser" ? "brush" : kind;
  return {
    kind: paint.picking.value ? "pick" : shape,
    smart: kind === "brush" && paint.smart.value,
    through: paint.through.value,
    radius_mm: paint.radius_mm.value,
    ball: paint.ball.value,
    left: kind === "eraser" ? erases : draws,
    right: kind === "eraser" ? draws : erases,
    colour: label?.colour ?? "#94a3b8",
  };
}

/** Those whose place is known, as they are drawn. */
function drawnCompanions({ people, companions }: Workspace["store"]): DrawnCompanion[] {
  return people.value.flatMap(({ id, name }) => {
    const place = companions.places.value.get(id);
    return place ? [{ name, colour: personColour(id).mark, ...place }] : [];
  });
}

/** From the signals to the viewer. Returns what ends it. */
export function followWorkspace(viewer: ImageViewer, workspace: Workspace, review: ReviewStore): () => void {
  const { store } = workspace;
  const ends = [
    effect(() => {
      const hidden = store.hiddenLabels.value;
      const styles = store.labels.value.map(({ value, name, colour }) => ({
        value,
        name,
        colour,
        visible: !hidden.has(value),
      }));
      viewer.setLabels(styles, workspace.masksShown.value ? workspace.opacity.value : 0);
    }),
    effect(() => viewer.setPrompts([...store.drawnPrompts(), ...review.pins.value])),
    effect(() => {
      const colour = store.labelOf(store.activeLabel.value)?.colour ?? "#94a3b8";
      viewer.setTool({ kind: workspace.tool.value, colour, positive: workspace.positive.value });
    }),
    effect(() => viewer.setCompanions(drawnCompanions(store))),
    effect(() => viewer.hand.setTool(paintTool(workspace))),
    effect(() => viewer.hand.setStrokes(store.strokes.all.value)),
    effect(() => {
      if (workspace.strokeCancels.value > 0) viewer.cancelStroke();
    }),
    effect(() => viewer.setWindow(workspace.window.value)),
    effect(() => viewer.setView(workspace.view.style.value)),
    effect(() => {
      const step = workspace.view.moved.value;
      if (step) viewer.moveView(step);
    }),
    effect(() => viewer.setMeasuring(workspace.view.measuring.value)),
    effect(() => {
      if (workspace.view.measurementsCleared.value > 0) viewer.clearMeasurements();
    }),
    effect(() => viewer.setCrosshair(workspace.crosshair.value)),
    effect(() => {
      if (workspace.viewResets.value > 0) viewer.resetView();
    }),
  ];
  return () => {
    for (const end of ends) end();
  };
}
