/** Draws the volume as a whole into a picture of its own, which is shown again until something in it changes. */

import { inverted, type Rays } from "../geometry/camera";
import type { Rect, Triple } from "../geometry/planeView";
import type { Occupancy } from "../volume/occupancy";
import { linked } from "./program";
import { RAYS } from "./volumeShaders";

const SOLIDS: Record<VolumeStyle["solid"], number> = { surfaces: 0, projection: 1, oblique: 2 };
/** The texture units of what the planes are drawn from too. */
const SHARED = { image: 0, labels: 1, palette: 2 } as const;
const PICTURE_UNIT = 5;
const BLOCKS_UNIT = 6;

export interface VolumeStyle {
  readonly solid: "surfaces" | "projection" | "oblique";
  /** Opacity of the labels on an oblique slice, 0..1. */
  readonly opacity: number;
  /** In stored values. */
  readonly window: { readonly low: number; readonly high: number };
}

export class VolumeRenderer {
  private readonly program: WebGLProgram;
  private readonly picture: WebGLTexture;
  private readonly frame: WebGLFramebuffer;
  private readonly blocks: WebGLTexture;
  private size = { width: 0, height: 0 };

  constructor(
    private readonly gl: WebGL2RenderingContext,
    shape: Triple,
    private readonly spacing_mm: Triple,
    affine: readonly (readonly number[])[],
    blockShape: Triple,
  ) {
    this.program = linked(gl, RAYS);
    gl.useProgram(this.program);
    for (const [name, unit] of Object.entries({ ...SHARED, blocks: BLOCKS_UNIT })) gl.uniform1i(this.place(name), unit);
    gl.uniform3i(this.place("shape"), shape[2], shape[1], shape[0]);
    const [a, b, c] = inverted(affine);
    // Gradients turn by the transposed inverse; its columns are the inverse's rows.
    gl.uniformMatrix3fv(this.place("toPatient"), false, [...a, ...b, ...c]);
    this.picture = this.texture(PICTURE_UNIT, gl.TEXTURE_2D);
    this.frame = gl.createFramebuffer();
    this.blocks = this.texture(BLOCKS_UNIT, gl.TEXTURE_3D);
    gl.texStorage3D(gl.TEXTURE_3D, 1, gl.R8UI, blockShape[2], blockShape[1], blockShape[0]);
  }

  uploadBlocks({ shape, blocks }: Occupancy): void {
    const { gl } = this;
    gl.activeTexture(gl.TEXTURE0 + BLOCKS_UNIT);
    gl.bindTexture(gl.TEXTURE_3D, this.blocks);
    const [depth, height, width] = shape;
    gl.texSubImage3D(gl.TEXTURE_3D, 0, 0, 0, 0, width, height, depth, gl.RED_INTEGER, gl.UNSIGNED_BYTE, blocks);
  }

  /** Draw anew what is seen in `rect`, with `quality` pixels (0..1) a pixel of it; an oblique slice at `depth_mm`. */
  render(rect: Rect, rays: Rays, style: VolumeStyle, depth_mm: number, quality: number): void {
    const { gl } = this;
    const width = Math.max(1, Math.round(rect.width * quality));
    const height = Math.max(1, Math.round(rect.height * quality));
    this.fit(width, height);
    gl.useProgram(this.program);
    for (const name of ["origin", "across", "down", "along", "viewer"] as const) {
      gl.uniform3fv(this.place(name), rays[name]);
    }
    gl.uniform3f(this.place("paneSize"), width, height, rect.width / width);
    gl.uniform1f(this.place("stepMm"), Math.min(...this.spacing_mm) * (style.solid === "surfaces" ? 0.5 : 0.9));
    gl.uniform1i(this.place("solid"), SOLIDS[style.solid]);
    gl.uniform1f(this.place("depthMm"), depth_mm);
    gl.uniform1f(this.place("opacity"), style.opacity);
    const { low, high } = style.window;
    gl.uniform2f(this.place("window"), low, 1 / Math.max(1e-6, high - low));
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.frame);
    gl.disable(gl.SCISSOR_TEST);
    gl.viewport(0, 0, width, height);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.viewport(0, 0, gl.drawingBufferWidth, gl.drawingBufferHeight);
  }

  /** Put the picture where its pane is. */
  show({ left, top, width, height }: Rect): void {
    const { gl, size } = this;
    const bottom = gl.drawingBufferHeight - top - height;
    gl.disable(gl.SCISSOR_TEST);
    gl.bindFramebuffer(gl.READ_FRAMEBUFFER, this.frame);
    gl.blitFramebuffer(
      0,
      0,
      size.width,
      size.height,
      left,
      bottom,
      left + width,
      bottom + height,
      gl.COLOR_BUFFER_BIT,
      gl.LINEAR,
    );
    gl.bindFramebuffer(gl.READ_FRAMEBUFFER, null);
  }

  destroy(): void {
    const { gl } = this;
    for (const texture of [this.picture, this.blocks]) gl.deleteTexture(texture);
    gl.deleteFramebuffer(this.frame);
    gl.deleteProgram(this.program);
  }

  private fit(width: number, height: number): void {
    const { gl, size } = this;
    if (size.width === width && size.height === height) return;
    this.size = { width, height };
    gl.activeTexture(gl.TEXTURE0 + PICTURE_UNIT);
    gl.bindTexture(gl.TEXTURE_2D, this.picture);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, width, height, 0, gl.RGBA, gl.UNSIGNED_BYTE, null);
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.frame);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, this.picture, 0);
  }

  private place(name: string): WebGLUniformLocation | null {
    return this.gl.getUniformLocation(this.program, name);
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
