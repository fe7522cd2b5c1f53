/** Numbers and names as people read them. */

/** Up to two initials of a name. */
export function initials(name: string): string {
  const words = name
    .trim()
    .split(/[\s._@-]+/)
    .filter(Boolean);
  const letters = words.length > 1 ? [words[0], words[words.length - 1]] : [words[0]];
  return (
    letters
      .map((word) => Array.from(word ?? "")[0] ?? "")
      .join("")
      .toUpperCase() || "?"
  );
}

/** A volume of `voxels` voxels in millilitres, with as many digits as are of use. */
export function millilitres(voxels: number, spacingMm: readonly number[]): string {
  const volume = (voxels * spacingMm.reduce((product, spacing) => product * spacing, 1)) / 1000;
  if (volume === 0) return "";
  return `${volume.toFixed(volume < 1 ? 3 : volume < 100 ? 1 : 0)} ml`;
}

export function duration(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** A coordinate or intensity: whole numbers bare, others to one digit. */
export function compact(value: number): string {
  return Number.isInteger(value) || Math.abs(value) >= 1000 ? String(Math.round(value)) : value.toFixed(1);
}
