/** One ray a pixel through the whole volume: the labels' surfaces in a light at the viewer, the brightest value, or a slice. */

export const RAYS = `#version 300 es
precision highp float;
precision highp int;
precision highp isampler3D;
precision highp usampler3D;

uniform isampler3D image;
uniform usampler3D labels;
uniform usampler3D blocks;  // of 8 voxels a side; 0 where no voxel has a label
uniform sampler2D palette;
uniform ivec3 shape;        // (x, y, z), like every place here
uniform vec3 origin;        // voxel coordinates; whole numbers are voxel centres
uniform vec3 across;
uniform vec3 down;
uniform vec3 along;         // a millimetre
uniform vec3 viewer;        // towards the viewer, in the patient
uniform mat3 toPatient;     // turns a gradient in voxels into one in the patient
uniform vec3 paneSize;      // px of the target, and pane px in one of them
uniform float stepMm;
uniform int solid;          // 0 surfaces, 1 brightest, 2 a slice across the rays
uniform float depthMm;      // where that slice is
uniform float opacity;      // of the labels on it
uniform vec2 window;        // stored value that becomes black, 1 / range
out vec4 colour;

const vec3 GROUND = vec3(0.035, 0.043, 0.055);

float isLabel(ivec3 voxel, uint wanted) {
  return texelFetch(labels, clamp(voxel, ivec3(0), shape - 1), 0).r == wanted ? 1.0 : 0.0;
}

float share(vec3 place, uint wanted) {
  ivec3 low = ivec3(floor(place));
  vec3 f = place - vec3(low);
  vec4 near = vec4(isLabel(low, wanted), isLabel(low + ivec3(1, 0, 0), wanted),
    isLabel(low + ivec3(0, 1, 0), wanted), isLabel(low + ivec3(1, 1, 0), wanted));
  vec4 far = vec4(isLabel(low + ivec3(0, 0, 1), wanted), isLabel(low + ivec3(1, 0, 1), wanted),
    isLabel(low + ivec3(0, 1, 1), wanted), isLabel(low + ivec3(1, 1, 1), wanted));
  vec4 both = mix(near, far, f.z);
  vec2 rows = mix(both.xz, both.yw, f.x);
  return mix(rows.x, rows.y, f.y);
}

vec3 normalAt(vec3 place, uint wanted) {
  vec3 gradient = vec3(0.0);
  for (int axis = 0; axis < 3; axis++) {
    vec3 one = vec3(0.0);
    one[axis] = 1.0;
    for (float reach = 1.0; reach < 3.0; reach += 1.2) {
      gradient[axis] += share(place - one * reach, wanted) - share(place + one * reach, wanted);
    }
  }
  vec3 normal = toPatient * gradient;
  return dot(normal, normal) > 0.0 ? normalize(normal) : viewer;
}

vec3 lit(vec3 place, uint wanted, vec3 tint, float depth) {
  float facing = max(0.0, dot(normalAt(place, wanted), viewer));
  vec3 shown = tint * (0.22 + 0.78 * facing) + vec3(0.22) * pow(facing, 24.0);
  return shown * mix(1.0, 0.62, depth);
}

vec3 surfaceOn(vec3 start, float near, float far) {
  float t = near + 0.01;
  for (int n = 0; n < 4096 && t < far; n++) {
    vec3 place = start + along * t;
    ivec3 voxel = clamp(ivec3(floor(place + 0.5)), ivec3(0), shape - 1);
    ivec3 block = voxel >> 3;
    if (texelFetch(blocks, block, 0).r == 0u) {
      vec3 low = vec3(block << 3) - 0.5;
      vec3 ends = (mix(low, low + 8.0, step(0.0, along)) - place) / along;
      t += max(stepMm * 0.5, min(ends.x, min(ends.y, ends.z)) + 0.01);
      continue;
    }
    uint here = texelFetch(labels, voxel, 0).r;
    vec4 tint = texelFetch(palette, ivec2(int(here), 0), 0);
    if (here > 0u && tint.a > 0.0) return lit(place, here, tint.rgb, (t - near) / max(1.0, far - near));
    t += stepMm;
  }
  return GROUND;
}

vec3 brightestOn(vec3 start, float near, float far) {
  int most = -32768;
  for (float t = near + 0.01; t < far; t += stepMm) {
    ivec3 voxel = clamp(ivec3(floor(start + along * t + 0.5)), ivec3(0), shape - 1);
    most = max(most, texelFetch(image, voxel, 0).r);
  }
  float level = clamp((float(most) - window.x) * window.y, 0.0, 1.0);
  return texelFetch(palette, ivec2(int(level * 255.0 + 0.5), 1), 0).rgb;
}

float between(vec3 place) {
  ivec3 low = ivec3(floor(place));
  vec3 f = place - vec3(low);
  float found = 0.0;
  for (int corner = 0; corner < 8; corner++) {
    ivec3 step = ivec3(corner & 1, (corner >> 1) & 1, corner >> 2);
    vec3 weight = mix(1.0 - f, f, vec3(step));
    found += weight.x * weight.y * weight.z * float(texelFetch(image, clamp(low + step, ivec3(0), shape - 1), 0).r);
  }
  return found;
}

vec3 sliceAt(vec3 place) {
  if (any(lessThan(place, vec3(-0.5))) || any(greaterThanEqual(place, vec3(shape) - 0.5))) return GROUND;
  float level = clamp((between(place) - window.x) * window.y, 0.0, 1.0);
  vec3 shown = texelFetch(palette, ivec2(int(level * 255.0 + 0.5), 1), 0).rgb;
  uint here = texelFetch(labels, ivec3(floor(place + 0.5)), 0).r;
  vec4 tint = texelFetch(palette, ivec2(int(here), 0), 0);
  return here > 0u ? mix(shown, tint.rgb, opacity * tint.a) : shown;
}

void main() {
  vec2 pixel = vec2(gl_FragCoord.x, paneSize.y - gl_FragCoord.y) * paneSize.z;
  vec3 start = origin + across * pixel.x + down * pixel.y;
  if (solid == 2) {
    colour = vec4(sliceAt(start + along * depthMm), 1.0);
    return;
  }
  vec3 safe = mix(along, vec3(1e-7), lessThan(abs(along), vec3(1e-7)));
  vec3 a = (vec3(-0.5) - start) / safe;
  vec3 b = (vec3(shape) - 0.5 - start) / safe;
  vec3 first = min(a, b);
  vec3 last = max(a, b);
  float near = max(first.x, max(first.y, first.z));
  float far = min(last.x, min(last.y, last.z));
  vec3 shown = GROUND;
  if (near < far) shown = solid == 0 ? surfaceOn(start, near, far) : brightestOn(start, near, far);
  colour = vec4(shown, 1.0);
}`;
