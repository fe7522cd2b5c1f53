/** Makes a program for the graphics unit. */

import { VERTEX } from "./shaders";

/** A program of the triangle that covers the viewport and `fragment`. Throws a sentence where it is refused. */
export function linked(gl: WebGL2RenderingContext, fragment: string): WebGLProgram {
  const program = gl.createProgram();
  for (const [kind, source] of [
    [gl.VERTEX_SHADER, VERTEX],
    [gl.FRAGMENT_SHADER, fragment],
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
