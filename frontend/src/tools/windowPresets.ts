/** Window presets: fixed Hounsfield windows for CT, percentiles of the image for everything else. */

import type { BootVolume } from "../protocol/boot";

/** In real values of the image: shown are values in [center - width / 2, center + width / 2]. */
export interface IntensityWindow {
  readonly center: number;
  readonly width: number;
}

export interface WindowPreset extends IntensityWindow {
  readonly name: string;
}

const CT_PRESETS: readonly WindowPreset[] = [
  { name: "Soft tissue", center: 40, width: 400 },
  { name: "Liver", center: 60, width: 160 },
  { name: "Brain", center: 40, width: 80 },
  { name: "Lung", center: -600, width: 1500 },
  { name: "Bone", center: 400, width: 1800 },
];

function between(name: string, low: number, high: number): WindowPreset {
  return { name, center: (low + high) / 2, width: Math.max(high - low, Number.EPSILON) };
}

export function windowPresets(volume: Pick<BootVolume, "modality" | "value_range" | "percentiles">): WindowPreset[] {
  const [low, high] = volume.percentiles;
  const full = between("Full range", ...volume.value_range);
  if (volume.modality === "CT") return [...CT_PRESETS, full];
  const span = high - low;
  return [
    between("1–99 %", low, high),
    between("Bright", low, low + span * 0.6),
    between("Dark", low + span * 0.3, high + span * 0.3),
    between("Contrast", low + span * 0.25, low + span * 0.75),
    full,
  ];
}
