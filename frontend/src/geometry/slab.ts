/** Which slices a slab of so many millimetres around one of them takes in. */

/** First and last slice, both included: those whose centres lie within half the thickness, kept inside the volume. */
export function slabAround(index: number, slices: number, spacing_mm: number, thickness_mm: number): [number, number] {
  const reach = Math.floor(thickness_mm / 2 / spacing_mm + 1e-6);
  return [Math.max(0, index - reach), Math.min(slices - 1, index + reach)];
}
