/** The three linked planes: owns the canvas, the voxels and the labels, and redraws when something has changed. */

import type { Plane } from "../geometry/orientation";
import type { PlaneView, Triple } from "../geometry/planeView";
import { colourTable } from "../render/colourMaps";
import { SliceRenderer } from "../render/sliceRenderer";
import { type MeasuringTool, PLAIN, type ViewMove, type ViewStyle } from "../tools/viewSettings";
import { ImageVolume } from "../volume/imageVolume";
import { type Box, LabelVolume } from "../volume/labelVolume";
import { loadOrSay, type Slab } from "../volume/voxelLoader";
import { parseColour } from "./colour";
import { type DrawnCompanion, drawCompanions, listenToPointer } from "./companionMarks";
import { listenToGestures } from "./gestures";
import { PlaneLooks } from "./looks";
import { MeasureLayer } from "./measureLayer";
import { drawOverlay } from "./overlay";
import { PaintLayer } from "./paintLayer";
import { listenToPinches } from "./pinch";
import { draggedWindow, planeStyle } from "./planeStyle";
import { coloured, NO_COLOUR } from "./promptShapes";
import { sayVoxel } from "./readout";
import { Stage } from "./stage";
import { StrokeHand } from "./strokeHand";
import type {
  DrawingTool,
  DrawnPrompt,
  Frame,
  ImageViewer,
  ImageViewerEvents,
  IntensityWindow,
  LabelStyle,
  ViewedVolume,
} from "./types";
import { VolumePane, type VolumeSource } from "./volumePane";

export class SliceViewer implements ImageViewer {
  private readonly stage: Stage;
  private readonly labels: LabelVolume;
  private readonly image: ImageVolume;
  private readonly looks: PlaneLooks;
  private readonly measuring: MeasureLayer;
  private readonly whole: VolumePane;
  readonly hand: PaintLayer;
  private readonly ends = new AbortController();
  private readonly stopGestures: () => void;
  private readonly tellPointer: () => void;
  private readonly resizing: ResizeObserver;
  private renderer: SliceRenderer;
  private crosshair: Triple;
  private window: IntensityWindow;
  private styles: readonly LabelStyle[] = [];
  private opacity = 0.5;
  private prompts: readonly DrawnPrompt[] = [];
  private companions: readonly DrawnCompanion[] = [];
  private readonly strokes = new StrokeHand({ kind: "point", colour: NO_COLOUR, positive: true });
  private style: ViewStyle = PLAIN;
  private drawnAt = -1;
  private asked = false;
  private framesWaiting = false;

  constructor(
    host: HTMLElement,
    private readonly volume: ViewedVolume,
    private readonly axis: 0 | 1 | 2,
    private readonly events: ImageViewerEvents,
  ) {
    const { shape } = volume;
    this.looks = new PlaneLooks(volume, axis);
    this.labels = new LabelVolume(shape);
    this.image = new ImageVolume(shape, volume.scale, volume.offset);
    this.crosshair = shape.map((length) => Math.floor(length / 2)) as unknown as Triple;
    this.window = volume.window;
    this.stage = new Stage(host);
    this.renderer = new SliceRenderer(this.stage.canvas, shape);
    this.measuring = new MeasureLayer(host, this.scene, () => this.redraw());
    this.whole = new VolumePane(host, this.renderer.gl, this.wholeSource(), {
      onPicked: (voxel) => events.onCrosshair(voxel),
      onEnlarge: () => events.onEnlarge("volume"),
      onChanged: () => this.redraw(),
    });
    const onChanged = (boxes: readonly Box[]) => this.showLabels(boxes);
    const valueAt = (voxel: Triple) => this.image.valueAt(voxel);
    this.hand = new PaintLayer(host, volume, this.labels, this.scene, { ...events, onChanged, valueAt });
    this.stopGestures = listenToGestures(this.stage.overlay, this.gestures());
    this.tellPointer = listenToPointer(host, this.ends.signal, (x, y) => events.onPointer(this.voxelUnder(x, y)));
    listenToPinches(host, this.ends.signal, {
      cancel: () => this.cancelStroke(),
      pinch: (x, y, dx, dy, factor) => this.pinch(x, y, dx, dy, factor),
    });
    this.resizing = new ResizeObserver(() => this.redraw());
    this.resizing.observe(host);
    this.stage.onLostContext(() => this.restore());
    loadOrSay({
      url: volume.voxelsUrl,
      shape,
      signal: this.ends.signal,
      onScreen: () => this.crosshair[0],
      onSlab: (slab) => this.take(slab),
      onProblem: (sentence) => events.onProblem(sentence),
    });
  }

  applyFrames(frames: readonly Frame[]): void {
    this.framesWaiting = true;
    this.showLabels(frames.map((frame) => this.hand.apply(this.axis, frame)));
  }

  private showLabels(boxes: readonly Box[]): void {
    for (const box of boxes) {
      this.renderer.uploadLabels(this.labels, box);
      this.whole.touchLabels(box);
    }
    this.redraw();
  }

  setLabels(styles: readonly LabelStyle[], opacity: number): void {
    this.styles = styles;
    this.opacity = opacity;
    this.showColours();
    this.redraw();
  }

  setPrompts(prompts: readonly DrawnPrompt[]): void {
    this.prompts = prompts;
    this.redraw();
  }

  setCompanions(companions: readonly DrawnCompanion[]): void {
    this.companions = companions;
    this.redraw();
  }

  setTool(tool: DrawingTool): void {
    this.strokes.tool = tool;
    this.redraw();
  }

  cancelStroke(): void {
    this.strokes.end();
    this.measuring.cancel();
    this.hand.cancel();
    this.redraw();
  }

  setMeasuring(tool: MeasuringTool | null): void {
    this.measuring.setTool(tool);
  }

  clearMeasurements(): void {
    this.measuring.clear();
  }

  setView(style: ViewStyle): void {
    this.style = style;
    this.renderer.setColourMap(colourTable(style.colourMap));
    this.whole.changed();
    this.redraw();
  }

  setWindow(window: IntensityWindow): void {
    this.window = window;
    if (this.style.solid !== "surfaces") this.whole.changed();
    this.redraw();
  }

  setCrosshair(voxel: Triple): void {
    this.looks.follow(this.crosshair, voxel);
    this.crosshair = voxel;
    if (this.style.solid === "oblique") this.whole.changed();
    this.tellPointer();
    this.redraw();
  }

  resetView(): void {
    this.looks.reset();
    this.whole.reset();
    this.redraw();
  }

  moveView({ yaw, pitch, zoom }: ViewMove): void {
    if (zoom === 1) this.whole.turn(yaw, pitch);
    else {
      this.whole.zoom(zoom);
      this.looks.zoomAll(this.crosshair, zoom);
    }
    this.redraw();
  }

  ready(): boolean {
    return this.image.loaded === this.volume.shape[0] && this.drawnAt === this.image.loaded;
  }

  labelAt(voxel: Triple): number {
    return this.labels.at(voxel);
  }

  pointOnPage(plane: Plane, voxel: Triple): { x: number; y: number } | null {
    const view = this.looks.views.get(plane);
    if (!view || voxel[view.axes.normal] !== this.crosshair[view.axes.normal]) return null;
    const point = view.pointOf(voxel);
    return view.contains(point.x, point.y) ? this.stage.onPage(point) : null;
  }

  destroy(): void {
    this.ends.abort();
    this.stopGestures();
    this.resizing.disconnect();
    for (const part of [this.measuring, this.whole, this.hand, this.renderer]) part.destroy();
    this.stage.host.replaceChildren();
  }

  /** Where things are, as the layers over the slices draw them. */
  private readonly scene = () => ({
    views: this.looks.views,
    crosshair: this.crosshair,
    affine: this.volume.affine,
    pixelRatio: this.ratio,
  });

  private get ratio(): number {
    return this.stage.ratio;
  }

  private take(slab: Slab): void {
    this.image.take(slab);
    this.renderer.uploadSlab(slab, this.image.isHere);
    if (this.style.solid !== "surfaces") this.whole.changed();
    this.events.onLoaded(this.image.loaded / this.volume.shape[0]);
    this.redraw();
  }

  /** After the graphics driver took everything away: all of it again, out of memory. */
  private restore(): void {
    const { shape } = this.volume;
    this.renderer = new SliceRenderer(this.stage.canvas, shape);
    this.renderer.uploadSlab({ start: 0, stop: shape[0], voxels: this.image.stored }, this.image.isHere);
    this.renderer.uploadLabels(this.labels, { low: [0, 0, 0], high: [...shape] as [number, number, number] });
    this.whole.restore(this.renderer.gl);
    this.showColours();
    this.setView(this.style);
  }

  private showColours(): void {
    const shown = this.styles.filter(({ visible }) => visible);
    this.whole.changed();
    this.renderer.setPalette(new Map(shown.map(({ value, colour }) => [value, parseColour(colour)])));
  }

  private redraw(): void {
    if (this.asked) return;
    this.asked = true;
    requestAnimationFrame(() => {
      this.asked = false;
      if (!this.ends.signal.aborted) this.drawNow();
    });
  }

  private drawNow(): void {
    const { layout, large, crosshair } = this.style;
    this.looks.arrange(this.stage.fit(), layout, large);
    this.renderer.clear();
    const shown = { window: this.image.storedWindow(this.window), opacity: this.opacity };
    for (const view of this.looks.views.values()) {
      const place = this.crosshair[view.axes.normal];
      this.renderer.draw(view, place, planeStyle(this.volume, view.axes, place, this.style, shown));
    }
    this.whole.draw(this.looks.whole, this.ratio);
    drawOverlay(this.stage.context, {
      ...this.scene(),
      crosshairShown: crosshair,
      crosshairInWhole: this.whole.pointOf(this.crosshair),
      slab: this.style,
      shape: this.volume.shape,
      prompts: coloured(this.prompts, this.styles),
      ghost: this.strokes.ghost(),
    });
    drawCompanions(this.stage.context, this.companions, this.scene());
    this.measuring.draw();
    this.hand.draw();
    if (this.drawnAt <= 0 && this.image.loaded > 0) performance.mark("s2v.first-image");
    this.drawnAt = this.image.loaded;
    if (this.framesWaiting) this.events.onPainted();
    this.framesWaiting = false;
  }

  private wholeSource(): VolumeSource {
    const { volume, labels, axis, image } = this;
    return {
      volume,
      labels,
      axis,
      style: () => ({
        solid: this.style.solid,
        window: image.storedWindow(this.window),
        opacity: this.opacity,
      }),
      crosshair: () => this.crosshair,
      isShown: (label) => this.styles.some(({ value, visible }) => visible && value === label),
      valueAt: (voxel) => image.valueAt(voxel),
    };
  }

  private beginStroke(x: number, y: number, inverted: boolean): void {
    const found = this.viewUnder(x, y);
    const start = this.voxelUnder(x, y);
    if (found && start) this.strokes.begin(found, start, inverted);
    this.redraw();
  }

  private extendStroke(x: number, y: number): void {
    this.strokes.extend(this.looks.views, x * this.ratio, y * this.ratio);
    this.redraw();
  }

  private endStroke(lost: boolean): void {
    const ended = this.strokes.end();
    this.redraw();
    if (ended && !lost) this.events.onDrawn(ended.prompt.kind, ended.prompt.voxels, ended.inverted);
  }

  private viewUnder(x: number, y: number): [Plane, PlaneView] | null {
    return this.looks.under(x * this.ratio, y * this.ratio);
  }

  private voxelUnder(x: number, y: number): [number, number, number] | null {
    return this.looks.voxelUnder(x * this.ratio, y * this.ratio, this.crosshair);
  }

  private pan(x: number, y: number, dx: number, dy: number): void {
    this.looks.pan(x * this.ratio, y * this.ratio, dx * this.ratio, dy * this.ratio);
    this.redraw();
  }

  private zoom(x: number, y: number, factor: number): void {
    this.looks.zoom(x * this.ratio, y * this.ratio, factor, this.style.linkedZoom ? this.crosshair : null);
    this.redraw();
  }

  private pinch(x: number, y: number, dx: number, dy: number, factor: number): void {
    if (!this.viewUnder(x, y)) this.whole.pinch(dx, dy, factor);
    this.pan(x, y, dx, dy);
    this.zoom(x, y, factor);
  }

  private gestures() {
    return {
      point: (x: number, y: number, inverted: boolean) => {
        const voxel = this.voxelUnder(x, y);
        if (!voxel) return;
        this.events.onCrosshair(voxel);
        this.events.onPoint(voxel, inverted);
      },
      draws: () => this.strokes.draws,
      strokeStart: (x: number, y: number, inverted: boolean) => this.beginStroke(x, y, inverted),
      stroke: (x: number, y: number) => this.extendStroke(x, y),
      strokeEnd: (lost: boolean) => this.endStroke(lost),
      crosshair: (x: number, y: number) => {
        const voxel = this.voxelUnder(x, y);
        if (voxel) this.events.onCrosshair(voxel);
      },
      pan: (x: number, y: number, dx: number, dy: number) => this.pan(x, y, dx, dy),
      zoom: (x: number, y: number, factor: number) => this.zoom(x, y, factor),
      window: (dx: number, dy: number) =>
        this.events.onWindow(draggedWindow(this.window, this.volume.percentiles, dx, dy)),
      slices: (x: number, y: number, by: number) => this.turn(x, y, by),
      enlarge: (x: number, y: number) => this.enlarge(x, y),
      hover: (x: number, y: number) => this.sayVoxel(x, y),
    };
  }

  private turn(x: number, y: number, by: number): void {
    const view = this.viewUnder(x, y)?.[1];
    if (!view || this.strokes.isDrawing || this.hand.isBusy) return;
    const { normal } = view.axes;
    const voxel = [...this.crosshair] as [number, number, number];
    voxel[normal] = Math.max(0, Math.min(this.volume.shape[normal] - 1, voxel[normal] + by));
    this.events.onCrosshair(voxel);
  }

  private enlarge(x: number, y: number): void {
    const plane = this.viewUnder(x, y)?.[0];
    if (plane) this.events.onEnlarge(plane);
  }

  /** Place, value and label under the pointer. */
  private sayVoxel(x: number, y: number): void {
    const voxel = this.voxelUnder(x, y);
    const { affine, modality } = this.volume;
    this.stage.readout.textContent =
      voxel &&
      sayVoxel({
        affine,
        voxel,
        world: this.style.world,
        value: this.image.valueAt(voxel),
        unit: modality === "CT" ? "HU" : "",
        label: this.styles.find(({ value }) => value === this.labels.at(voxel))?.name,
      });
  }
}
