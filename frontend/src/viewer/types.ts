/** What the workspace and the images in its middle need of each other. */

import type { Pane } from "../geometry/layout";
import type { Plane } from "../geometry/orientation";
import type { ShownStroke } from "../painting/paintedVolume";
import type { DrawnKind, Frame, PromptKind, Voxel } from "../protocol/protocol";
import type { MeasuringTool, ViewMove, ViewStyle } from "../tools/viewSettings";
import type { IntensityWindow } from "../tools/windowPresets";
import type { DrawnCompanion } from "./companionMarks";
import type { PaintEvents, PaintTool } from "./paintLayer";

export type { Plane } from "../geometry/orientation";

export interface LabelStyle {
  readonly value: number;
  readonly name: string;
  readonly colour: string;
  readonly visible: boolean;
}

/** A prompt, or the pin of a remark. */
export interface DrawnPrompt {
  readonly label: number;
  readonly kind: PromptKind | "pin";
  readonly positive: boolean;
  readonly voxels: readonly Voxel[];
  /** Not yet acknowledged by the server. */
  readonly pending: boolean;
}

/** What a drag on the image makes, and how it looks meanwhile. With points a drag moves the image. */
export interface DrawingTool {
  readonly kind: "point" | DrawnKind;
  readonly colour: string;
  readonly positive: boolean;
}

export interface ImageViewerEvents extends PaintEvents {
  /** A click on the image; `inverted` where it was the other button or had a modifier. */
  onPoint(voxel: Voxel, inverted: boolean): void;
  /** A finished stroke; `inverted` as above. */
  onDrawn(kind: DrawnKind, voxels: readonly Voxel[], inverted: boolean): void;
  onCrosshair(voxel: Voxel): void;
  /** The pointer went there; null where it is on no plane. */
  onPointer(voxel: Voxel | null): void;
  onWindow(window: IntensityWindow): void;
  /** A pane is to be shown large, or alone, or with the others again. */
  onEnlarge(pane: Pane): void;
  /** Share of the image that is loaded, 0..1. */
  onLoaded(share: number): void;
  /** The canvas has been drawn with all slices that were given before. */
  onPainted(): void;
  onProblem(sentence: string): void;
}

export interface Hand {
  /** The painting tool in hand; it takes the left and the right button. */
  setTool(tool: PaintTool | null): void;
  /** Finished strokes to be shown over what the server has sent. */
  setStrokes(strokes: readonly ShownStroke[]): void;
  /** For each stroke of this page, ms from a movement of the pointer to the frame that showed its paint. */
  readonly latencies: readonly number[];
}

export interface ImageViewer {
  applyFrames(frames: readonly Frame[]): void;
  setLabels(styles: readonly LabelStyle[], opacity: number): void;
  setPrompts(prompts: readonly DrawnPrompt[]): void;
  setCompanions(companions: readonly DrawnCompanion[]): void;
  setTool(tool: DrawingTool): void;
  /** What paints. */
  readonly hand: Hand;
  /** Forget the stroke that is being drawn. */
  cancelStroke(): void;
  setWindow(window: IntensityWindow): void;
  setView(style: ViewStyle): void;
  /** The measuring tool in hand; it takes the left button. */
  setMeasuring(tool: MeasuringTool | null): void;
  clearMeasurements(): void;
  setCrosshair(voxel: Voxel): void;
  resetView(): void;
  /** Turn 3D, and zoom planes around the crosshair and 3D. */
  moveView(step: ViewMove): void;
  /** Whether the slices on screen are drawn from loaded voxels. */
  ready(): boolean;
  labelAt(voxel: Voxel): number;
  /** Page coordinates of a voxel's centre on a plane; null where it is not on screen. */
  pointOnPage(plane: Plane, voxel: Voxel): { x: number; y: number } | null;
  destroy(): void;
}

/** The image to be shown, and how its stored values are meant: real value = scale * stored + offset. */
export interface ViewedVolume {
  readonly voxelsUrl: string;
  readonly shape: readonly [number, number, number];
  readonly spacing_mm: readonly [number, number, number];
  readonly affine: readonly (readonly number[])[];
  readonly scale: number;
  readonly offset: number;
  readonly window: IntensityWindow;
  readonly percentiles: readonly [number, number];
  readonly modality: "CT" | "MR" | "other";
}

export type { Frame, IntensityWindow };
