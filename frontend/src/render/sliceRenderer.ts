/** WebGL2: the image as signed 16 bit, the labels as 8 bit 3D textures; planes are cut out of them on the GPU. */

import type { Direction } from "../geometry/orientation";
import type { PlaneView, Triple } from "../geometry/planeView";
import type { Box, LabelVolume } from "../volume/labelVolume";
import type { Slab } from "../volume/voxelLoader";
import { linked } from "./program";
import { FRAGMENT } from "./shaders";

export interface Colour {
  readonly red: number;
  readonly green: number;
  readonly blue: number;
}

/** How a plane is drawn. */
export interface PlaneStyle {
  /** In stored values. */
  readonly window: { readonly low: number; readonly high: number };
  /** Opacity of the labels, 0..1. */
  readonly opacity: number;
  readonly outlined: boolean;
  /** First and last slice that are shown together; the same number twice for a single slice. */
  readonly slab: readonly [first: number, last: number];
  readonly combine: "brightest" | "mean" | "darkest";
}

const COMBINED: Record<PlaneStyle["combine"], number> = { brightest: 0, mean: 1, darkest: 2 };

const UNIFORMS = [
  "image",
  "labels",
  "palette",
  "loaded",
  "canvas",
  "corner",
  "voxelSize",
  "shape",
  "rightAxis",
  "downAxis",
  "slice",
  "window",
  "fill",
  "outline",
  "normalAxis",
  "slab",
  "combine",
] as const;
type Uniform = (typeof UNIFORMS)[number];

export class SliceRenderer {
  /** Shared with whatever else is drawn on the canvas; texture units 0 to 3 are those of the planes. */
  readonly gl: WebGL2RenderingContext;
  private readonly program: WebGLProgram;
  private readonly uniforms: Record<Uniform, WebGLUniformLocation | null>;
  private readonly palette: WebGLTexture;
  private readonly image: WebGLTexture;
  private readonly labels: WebGLTexture;
  private readonly loaded: WebGLTexture;

  /** Throws a sentence where the browser cannot show the volume. */
  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly shape: Triple,
  ) {
    const gl = canvas.getContext("webgl2", { antialias: false, alpha: false, preserveDrawingBuffer: false });
    if (!gl) throw new Error("This browser does not offer WebGL 2, which the viewer needs.");
    const limit = gl.getParameter(gl.MAX_3D_TEXTURE_SIZE) as number;
    if (Math.max(...shape) > limit) throw new Error(`The volume is larger than this graphics unit allows (${limit}).`);
    this.gl = gl;
    this.program = linked(gl, FRAGMENT);
    gl.useProgram(this.program);
    const located = UNIFORMS.map((name) => [name, gl.getUniformLocation(this.program, name)]);
    this.uniforms = Object.fromEntries(located) as Record<Uniform, WebGLUniformLocation | null>;
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    this.image = this.texture(0, gl.TEXTURE_3D);
    gl.texStorage3D(gl.TEXTURE_3D, 1, gl.R16I, shape[2], shape[1], shape[0]);
    this.labels = this.texture(1, gl.TEXTURE_3D);
    gl.texStorage3D(gl.TEXTURE_3D, 1, gl.R8UI, shape[2], shape[1], shape[0]);
    this.palette = this.texture(2, gl.TEXTURE_2D);
    gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA8, 256, 2);
    this.loaded = this.texture(3, gl.TEXTURE_2D);
    gl.texStorage2D(gl.TEXTURE_2D, 1, gl.R8UI, shape[0], 1);
    for (const [unit, name] of (["image", "labels", "palette", "loaded"] as const).entries()) {
      gl.uniform1i(this.uniforms[name], unit);
    }
  }

  /** `isHere` says of each slice along the first axis whether it has come in; the others are drawn as missing. */
  uploadSlab({ start, stop, voxels }: Slab, isHere: Uint8Array<ArrayBuffer>): void {
    const { gl, shape } = this;
    gl.activeTexture(gl.TEXTURE3);
    gl.bindTexture(gl.TEXTURE_2D, this.loaded);
    gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, shape[0], 1, gl.RED_INTEGER, gl.UNSIGNED_BYTE, isHere);
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_3D, this.image);
    gl.texSubImage3D(gl.TEXTURE_3D, 0, 0, 0, start, shape[2], shape[1], stop - start, gl.RED_INTEGER, gl.SHORT, voxels);
  }

  uploadLabels(volume: LabelVolume, box: Box): void {
    const { gl } = this;
    const [z, y, x] = box.low;
    gl.activeTexture(gl.TEXTURE1);
    gl.bindTexture(gl.TEXTURE_3D, this.labels);
    gl.texSubImage3D(
      gl.TEXTURE_3D,
      0,
      x,
      y,
      z,
      box.high[2] - x,
      box.high[1] - y,
      box.high[0] - z,
      gl.RED_INTEGER,
      gl.UNSIGNED_BYTE,
      volume.packed(box),
    );
  }

  /** Colours by label value; labels that are not in it are not shown. */
  setPalette(colours: ReadonlyMap<number, Colour>): void {
    const table = new Uint8Array(256 * 4);
    for (const [value, { red, green, blue }] of colours) table.set([red, green, blue, 255], value * 4);
    this.setColours(0, table);
  }

  /** RGBA of the 256 colours of the image. */
  setColourMap(table: Uint8Array<ArrayBuffer>): void {
    this.setColours(1, table);
  }

  private setColours(row: number, table: Uint8Array<ArrayBuffer>): void {
    const { gl } = this;
    gl.activeTexture(gl.TEXTURE2);
    gl.bindTexture(gl.TEXTURE_2D, this.palette);
    gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, row, 256, 1, gl.RGBA, gl.UNSIGNED_BYTE, table);
  }

  clear(): void {
    const { gl, canvas } = this;
    gl.disable(gl.SCISSOR_TEST);
    gl.viewport(0, 0, canvas.width, canvas.height);
    gl.clearColor(0.055, 0.063, 0.075, 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
  }

  /** Draw a plane; `view` is in canvas px. Labels are those of slice `normalIndex`, whatever the slab. */
  draw(view: PlaneView, normalIndex: number, style: PlaneStyle): void {
    const { gl, uniforms, canvas, shape } = this;
    const { window, opacity, outlined, slab } = style;
    const { left, top, width, height } = view.rect;
    const slice: [number, number, number] = [0, 0, 0];
    slice[view.axes.normal] = normalIndex;
    gl.useProgram(this.program);
    gl.enable(gl.SCISSOR_TEST);
    gl.scissor(left, canvas.height - top - height, width, height);
    gl.uniform2f(uniforms.canvas, canvas.width, canvas.height);
    gl.uniform2f(uniforms.corner, view.corner.x, view.corner.y);
    gl.uniform2f(uniforms.voxelSize, view.voxelWidth, view.voxelHeight);
    gl.uniform3i(uniforms.shape, shape[2], shape[1], shape[0]);
    gl.uniform3iv(uniforms.rightAxis, unit(view.axes.right));
    gl.uniform3iv(uniforms.downAxis, unit(view.axes.down));
    gl.uniform3i(uniforms.slice, slice[2], slice[1], slice[0]);
    gl.uniform2f(uniforms.window, window.low, 1 / Math.max(1e-6, window.high - window.low));
    gl.uniform1f(uniforms.fill, outlined ? 0 : opacity);
    gl.uniform1f(uniforms.outline, Math.min(1, opacity * 2));
    gl.uniform3iv(uniforms.normalAxis, unit({ axis: view.axes.normal, step: 1 }));
    gl.uniform2i(uniforms.slab, slab[0] - normalIndex, slab[1] - normalIndex);
    gl.uniform1i(uniforms.combine, COMBINED[style.combine]);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
  }

  destroy(): void {
    for (const texture of [this.image, this.labels, this.palette, this.loaded]) this.gl.deleteTexture(texture);
  }

  private texture(unit: number, target: number): WebGLTexture {
    const { gl } = this;
    const texture = gl.createTexture();
    gl.activeTexture(gl.TEXTURE0 + unit);
    gl.bindTexture(target, texture);
    gl.texParameteri(target, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
    gl.texParameteri(target, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
    return texture;
  }
}

/** A storage direction as a vector in texture order (x, y, z). */
function unit({ axis, step }: Direction): [number, number, number] {
  const vector: [number, number, number] = [0, 0, 0];
  vector[2 - axis] = step;
  return vector;
}
