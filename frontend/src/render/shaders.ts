/** One program draws every plane: window/level, colours of the labels and their outlines are applied on the way. */

export const VERTEX = `#version 300 es
void main() {
  // A triangle that covers the viewport.
  vec2 corner = vec2((gl_VertexID << 1) & 2, gl_VertexID & 2);
  gl_Position = vec4(corner * 2.0 - 1.0, 0.0, 1.0);
}`;

export const FRAGMENT = `#version 300 es
precision highp float;
precision highp int;
precision highp isampler3D;
precision highp usampler2D;
precision highp usampler3D;

uniform isampler3D image;
uniform usampler3D labels;
uniform usampler2D loaded;  // one value a slice along z: 0 where it has not come in
uniform sampler2D palette; // colours of the labels, below them the image's colour map
uniform vec2 canvas;      // px, for turning y around
uniform vec2 corner;      // px of the slice's upper left corner
uniform vec2 voxelSize;   // px
uniform ivec3 shape;      // (x, y, z)
uniform ivec3 rightAxis;  // unit vector in (x, y, z), with sign
uniform ivec3 downAxis;
uniform ivec3 slice;      // the index along the normal, elsewhere 0
uniform vec2 window;      // stored value that becomes black, 1 / range
uniform float fill;       // opacity of a label's inside
uniform float outline;    // opacity of its edge
uniform ivec3 normalAxis; // unit vector in (x, y, z)
uniform ivec2 slab;       // first and last slice, counted from the one at hand
uniform int combine;      // what is shown of a slab: 0 brightest, 1 mean, 2 darkest
out vec4 colour;

ivec3 voxelOf(ivec2 place) {
  ivec3 low = max(-rightAxis, 0) * (shape - 1) + max(-downAxis, 0) * (shape - 1);
  return slice + low + rightAxis * place.x + downAxis * place.y;
}

ivec2 size() {
  ivec3 right = abs(rightAxis) * shape;
  ivec3 down = abs(downAxis) * shape;
  return ivec2(right.x + right.y + right.z, down.x + down.y + down.z);
}

float value(ivec2 place, int depth) {
  ivec3 voxel = voxelOf(clamp(place, ivec2(0), size() - 1)) + normalAxis * depth;
  return float(texelFetch(image, voxel, 0).r);
}

float smoothed(ivec2 near, vec2 share, int depth) {
  float upper = mix(value(near, depth), value(near + ivec2(1, 0), depth), share.x);
  float lower = mix(value(near + ivec2(0, 1), depth), value(near + ivec2(1, 1), depth), share.x);
  return mix(upper, lower, share.y);
}

float throughSlab(ivec2 near, vec2 share) {
  float found = smoothed(near, share, slab.x);
  for (int depth = slab.x + 1; depth <= slab.y; depth++) {
    float next = smoothed(near, share, depth);
    found = combine == 0 ? max(found, next) : combine == 1 ? found + next : min(found, next);
  }
  return combine == 1 ? found / float(slab.y - slab.x + 1) : found;
}

uint label(ivec2 place) {
  return texelFetch(labels, voxelOf(clamp(place, ivec2(0), size() - 1)), 0).r;
}

void main() {
  vec2 pixel = vec2(gl_FragCoord.x, canvas.y - gl_FragCoord.y);
  vec2 place = (pixel - corner) / voxelSize;
  if (any(lessThan(place, vec2(0.0))) || any(greaterThanEqual(place, vec2(size())))) {
    colour = vec4(0.0, 0.0, 0.0, 1.0);
    return;
  }
  vec2 between = place - 0.5;
  ivec2 near = ivec2(floor(between));
  vec2 share = between - vec2(near);
  float level = clamp((throughSlab(near, share) - window.x) * window.y, 0.0, 1.0);
  vec3 shown = texelFetch(palette, ivec2(int(level * 255.0 + 0.5), 1), 0).rgb;

  ivec2 cell = ivec2(floor(place));
  if (texelFetch(loaded, ivec2(voxelOf(cell).z, 0), 0).r == 0u) {
    // Slanting lines: this is no tissue, it is still on its way.
    shown = vec3(mod(pixel.x + pixel.y, 14.0) < 2.0 ? 0.13 : 0.085);
  }
  uint here = label(cell);
  vec4 tint = texelFetch(palette, ivec2(int(here), 0), 0);
  if (here > 0u && tint.a > 0.0) {
    // An outline a pixel wide, so that edges are seen at low opacity too.
    vec2 edge = (fill > 0.0 ? 1.3 : 1.8) / voxelSize;
    vec2 inside = fract(place);
    bool outlined = (inside.x < edge.x && label(cell - ivec2(1, 0)) != here)
      || (inside.x > 1.0 - edge.x && label(cell + ivec2(1, 0)) != here)
      || (inside.y < edge.y && label(cell - ivec2(0, 1)) != here)
      || (inside.y > 1.0 - edge.y && label(cell + ivec2(0, 1)) != here);
    shown = mix(shown, tint.rgb, outlined ? outline : fill);
  }
  colour = vec4(shown, 1.0);
}`;
