/** WebGL2: the image as signed 16 bit, the labels as 8 bit 3D textures; planes are cut out of them on the GPU. */

import type { Direction } from "../geometry/orientation";
import type { PlaneView, Triple } from "../geometry/planeView";
import type { Box, LabelVolume } from "../volume/labelVolume";
import type { Slab } from "../volume/voxelLoader";
import { FRAGMENT, VERTEX } from "./shaders";

export interface Colour {
  readonly red: number;
  readonly green: number;
  readonly blue: number;
}

const UNIFORMS = [
  "image",
  "labels",
  "palette",
  "canvas",
  "corner",
  "voxelSize",
  "shape",
  "rightAxis",
  "downAxis",
  "slice",
  "window",
  "opacity",
] as const;
type Uniform = (typeof UNIFORMS)[number];

export class SliceRenderer {
  private readonly gl: WebGL2RenderingContext;
  private readonly uniforms: Record<Uniform, WebGLUniformLocation | null>;
  private readonly palette: WebGLTexture;
  private readonly image: WebGLTexture;
  private readonly labels: WebGLTexture;

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
    const program = linked(gl);
    gl.useProgram(program);
    const located = UNIFORMS.map((name) => [name, gl.getUniformLocation(program, name)]);
    this.uniforms = Object.fromEntries(located) as Record<Uniform, WebGLUniformLocation | null>;
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    this.image = this.texture(0, gl.TEXTURE_3D);
    gl.texStorage3D(gl.TEXTURE_3D, 1, gl.R16I, shape[2], shape[1], shape[0]);
    this.labels = this.texture(1, gl.TEXTURE_3D);
    gl.texStorage3D(gl.TEXTURE_3D, 1, gl.R8UI, shape[2], shape[1], shape[0]);
    this.palette = this.texture(2, gl.TEXTURE_2D);
    gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA8, 256, 1);
    for (const [unit, name] of (["image", "labels", "palette"] as const).entries()) {
      gl.uniform1i(this.uniforms[name], unit);
    }
  }

  uploadSlab({ start, stop, voxels }: Slab): void {
    const { gl, shape } = this;
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
    const { gl } = this;
    const table = new Uint8Array(256 * 4);
    for (const [value, { red, green, blue }] of colours) table.set([red, green, blue, 255], value * 4);
    gl.activeTexture(gl.TEXTURE2);
    gl.bindTexture(gl.TEXTURE_2D, this.palette);
    gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, 256, 1, gl.RGBA, gl.UNSIGNED_BYTE, table);
  }

  clear(): void {
    const { gl, canvas } = this;
    gl.disable(gl.SCISSOR_TEST);
    gl.viewport(0, 0, canvas.width, canvas.height);
    gl.clearColor(0.055, 0.063, 0.075, 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
  }

  /** Draw a plane; `view` is in canvas px, `window` in stored values. */
  draw(view: PlaneView, normalIndex: number, window: { low: number; high: number }, opacity: number): void {
    const { gl, uniforms, canvas, shape } = this;
    const { left, top, width, height } = view.rect;
    const slice: [number, number, number] = [0, 0, 0];
    slice[view.axes.normal] = normalIndex;
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
    gl.uniform1f(uniforms.opacity, opacity);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
  }

  destroy(): void {
    for (const texture of [this.image, this.labels, this.palette]) this.gl.deleteTexture(texture);
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

function linked(gl: WebGL2RenderingContext): WebGLProgram {
  const program = gl.createProgram();
  for (const [kind, source] of [
    [gl.VERTEX_SHADER, VERTEX],
    [gl.FRAGMENT_SHADER, FRAGMENT],
  ] as const) {
    const shader = gl.createShader(kind) as WebGLShader;
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
    throw new Error(`The viewer's program was refused by the graphics driver: ${gl.getProgramInfoLog(program)}`);
  }
  return program;
}
