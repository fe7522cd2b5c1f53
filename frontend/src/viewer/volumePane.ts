/** The pane in which the whole volume is turned about: its camera, its gestures, and when it is drawn anew. */

import { FACING, projected, type Rays, raysOf, turned, zoomed } from "../geometry/camera";
import type { Rect, Triple } from "../geometry/planeView";
import { VolumeRenderer, type VolumeStyle } from "../render/volumeRenderer";
import type { Box, LabelVolume } from "../volume/labelVolume";
import { Occupancy } from "../volume/occupancy";
import { brightest, firstShown, onSlice } from "../volume/picking";
import type { ViewedVolume } from "./types";

export interface VolumeSource {
  readonly volume: ViewedVolume;
  readonly labels: LabelVolume;
  readonly axis: 0 | 1 | 2;
  style(): VolumeStyle;
  crosshair(): Triple;
  isShown(label: number): boolean;
  valueAt(voxel: Triple): number | null;
}

export interface VolumePaneEvents {
  onPicked(voxel: Triple): void;
  onEnlarge(): void;
  /** Something is to be drawn. */
  onChanged(): void;
}

const NAMES: Record<VolumeStyle["solid"], string> = { surfaces: "3D", projection: "3D, brightest", oblique: "Oblique" };
const RADIANS_PER_PX = 0.008;
const CLICK_PX = 4;
/** After so long without a change the picture is drawn in full. */
const REST_MS = 160;
/** While slices come in, no oftener than this. */
const LIVE_MS = 200;
const SLICES_A_FRAME = 24;
/** After so long it was no movement, so that the time says nothing. */
const PAUSE_MS = 600;
const SLOW_MS = 45;
const FAST_MS = 20;
const COARSEST = 0.2;

export class VolumePane {
  private readonly element = document.createElement("div");
  private readonly name = document.createElement("span");
  private readonly occupancy: Occupancy;
  private readonly ends = new AbortController();
  private renderer: VolumeRenderer;
  private camera = FACING;
  private rect: Rect | null = null;
  private rays: Rays | null = null;
  /** What the picture lacks: nothing, detail, or what has changed. */
  private lacks: "nothing" | "detail" | "change" = "change";
  private quality = 0.5;
  private drawnAt = 0;
  private timer = 0;

  constructor(
    host: HTMLElement,
    gl: WebGL2RenderingContext,
    private readonly source: VolumeSource,
    private readonly events: VolumePaneEvents,
  ) {
    this.occupancy = new Occupancy(source.labels, source.axis);
    this.renderer = this.madeFor(gl);
    this.element.className = "volume-pane";
    this.element.setAttribute("role", "img");
    this.element.setAttribute("aria-label", "The labels in 3D");
    this.element.append(this.name);
    host.append(this.element);
    this.listen();
  }

  /** After the graphics driver took everything away. */
  restore(gl: WebGL2RenderingContext): void {
    this.renderer = this.madeFor(gl);
    this.renderer.uploadBlocks(this.occupancy);
    this.changed();
  }

  touchLabels(box: Box): void {
    this.occupancy.touch(box);
    this.changed();
  }

  /** Colours, window or image are different now. */
  changed(): void {
    this.lacks = "change";
  }

  turn(yaw: number, pitch: number): void {
    this.camera = turned(this.camera, yaw, pitch);
    this.touch();
  }

  zoom(factor: number): void {
    this.camera = zoomed(this.camera, factor);
    this.touch();
  }

  /** Move by page px and zoom at the same time. */
  pinch(dx: number, dy: number, factor: number): void {
    this.camera = zoomed(this.camera, factor);
    this.pan(dx, dy);
  }

  reset(): void {
    this.camera = FACING;
    this.touch();
  }

  /** Draw into `rect` of the canvas, or not at all. */
  draw(rect: Rect | null, pixelRatio: number): void {
    this.place(rect, pixelRatio);
    if (!rect) return;
    const { volume } = this.source;
    this.rays = raysOf(this.camera, rect, volume.shape, volume.affine);
    if (this.lacks !== "nothing") this.drawAnew(rect, this.rays);
    this.renderer.show(rect);
  }

  /** Where a voxel is on the canvas, in px. */
  pointOf(voxel: Triple): { x: number; y: number } | null {
    if (!this.rect || !this.rays) return null;
    const { x, y } = projected(this.rays, voxel);
    return { x: this.rect.left + x, y: this.rect.top + y };
  }

  destroy(): void {
    this.ends.abort();
    window.clearTimeout(this.timer);
    this.renderer.destroy();
    this.element.remove();
  }

  private madeFor(gl: WebGL2RenderingContext): VolumeRenderer {
    const { shape, spacing_mm, affine } = this.source.volume;
    return new VolumeRenderer(gl, shape, spacing_mm, affine, this.occupancy.shape);
  }

  private place(rect: Rect | null, pixelRatio: number): void {
    const { style } = this.element;
    style.display = rect ? "block" : "none";
    if (!rect) {
      this.rect = null;
      return;
    }
    const same = this.rect && this.rect.width === rect.width && this.rect.height === rect.height;
    if (!same) this.lacks = "change";
    this.rect = rect;
    const css = (px: number) => `${px / pixelRatio}px`;
    Object.assign(style, {
      left: css(rect.left),
      top: css(rect.top),
      width: css(rect.width),
      height: css(rect.height),
    });
  }

  /** Coarse while it moves, so that the hand is followed; in full once it rests. */
  private drawAnew(rect: Rect, rays: Rays): void {
    const now = performance.now();
    const since = now - this.drawnAt;
    if (this.lacks === "change" && this.occupancy.behind && since < LIVE_MS) {
      this.again(LIVE_MS - since);
      return;
    }
    if (this.occupancy.catchUp(SLICES_A_FRAME)) this.renderer.uploadBlocks(this.occupancy);
    const full = this.lacks === "detail" && !this.occupancy.behind;
    if (!full) this.adapt(since);
    const { depth_mm } = projected(rays, this.source.crosshair());
    this.name.textContent = NAMES[this.source.style().solid];
    this.renderer.render(rect, rays, this.source.style(), depth_mm, full ? 1 : this.quality);
    this.drawnAt = now;
    this.lacks = full ? "nothing" : "detail";
    if (!full) this.again(this.occupancy.behind ? LIVE_MS : REST_MS);
  }

  /** As fine as keeps pace: the time between two frames in a row says what this machine can do. */
  private adapt(since: number): void {
    if (since > PAUSE_MS) return;
    if (since > SLOW_MS) this.quality = Math.max(COARSEST, this.quality * 0.8);
    else if (since < FAST_MS) this.quality = Math.min(1, this.quality * 1.1);
  }

  private again(wait_ms: number): void {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.events.onChanged(), wait_ms);
  }

  private touch(): void {
    this.lacks = "change";
    window.clearTimeout(this.timer);
    this.events.onChanged();
  }

  /** A drag turns, with the right or middle button or Shift it moves; the wheel zooms, or goes through oblique slices. */
  private listen(): void {
    const { element } = this;
    const on = <K extends keyof HTMLElementEventMap>(type: K, act: (event: HTMLElementEventMap[K]) => void) =>
      element.addEventListener(type, act, { signal: this.ends.signal, passive: false });
    let drag: { x: number; y: number; moved: boolean } | null = null;
    on("contextmenu", (event) => event.preventDefault());
    on("pointerdown", (event) => {
      element.setPointerCapture(event.pointerId);
      drag = { x: event.clientX, y: event.clientY, moved: false };
    });
    on("pointermove", (event) => {
      if (!drag) return;
      const [dx, dy] = [event.clientX - drag.x, event.clientY - drag.y];
      if (!drag.moved && Math.hypot(dx, dy) <= CLICK_PX) return;
      drag = { x: event.clientX, y: event.clientY, moved: true };
      if (event.buttons & 6 || event.shiftKey) this.pan(dx, dy);
      else this.turn(dx * RADIANS_PER_PX, dy * RADIANS_PER_PX);
    });
    on("pointerup", (event) => {
      if (drag && !drag.moved && event.button === 0) this.pick(event);
      drag = null;
    });
    on("pointercancel", () => {
      drag = null;
    });
    on("wheel", (event) => {
      event.preventDefault();
      const through = this.source.style().solid === "oblique" && !event.ctrlKey && !event.metaKey;
      if (through) this.step(Math.sign(event.deltaY));
      else this.zoom(Math.exp(-event.deltaY / 500));
    });
    on("dblclick", (event) => event.shiftKey && this.events.onEnlarge());
  }

  /** Through an oblique slice's neighbours, by one voxel along the axis that is nearest to the view. */
  private step(by: number): void {
    const { rays, source } = this;
    if (!rays) return;
    const t = by / Math.max(...rays.along.map(Math.abs));
    const moved = source.crosshair().map((at, axis) => Math.round(at + t * (rays.along[2 - axis] as number)));
    const { shape } = source.volume;
    if (moved.every((at, axis) => at >= 0 && at < (shape[axis] as number))) {
      this.events.onPicked(moved as unknown as Triple);
    }
  }

  private pan(dx: number, dy: number): void {
    const ratio = window.devicePixelRatio || 1;
    const { panX, panY } = this.camera;
    this.camera = { ...this.camera, panX: panX + dx * ratio, panY: panY + dy * ratio };
    this.touch();
  }

  private pick(event: PointerEvent): void {
    const { rays } = this;
    if (!rays || event.shiftKey) return;
    const box = this.element.getBoundingClientRect();
    const ratio = window.devicePixelRatio || 1;
    const [x, y] = [(event.clientX - box.left) * ratio, (event.clientY - box.top) * ratio];
    const found = this.voxelAt(rays, x, y);
    if (found) this.events.onPicked(found);
  }

  private voxelAt(rays: Rays, x: number, y: number): Triple | null {
    const { source } = this;
    const { solid } = source.style();
    if (solid === "oblique") return onSlice(rays, x, y, source.volume, projected(rays, source.crosshair()).depth_mm);
    return solid === "surfaces"
      ? firstShown(rays, x, y, source.volume, (voxel) => source.isShown(source.labels.at(voxel)))
      : brightest(rays, x, y, source.volume, (voxel) => source.valueAt(voxel));
  }
}
