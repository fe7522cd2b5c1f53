/** Fetches the image in slabs along the first storage axis, those around the first slice on screen before others. */

const SLAB_BYTES = 4 << 20;
/** The first slab is small, so that there is something to see at once. */
const FIRST_BYTES = 1 << 20;
const AT_ONCE = 3;
const ATTEMPTS = 4;
const PAUSE_MS = 400;

export interface Slab {
  readonly start: number;
  readonly stop: number;
  readonly voxels: Int16Array<ArrayBuffer>;
}

/** Ranges [start, stop) that cover all slices once: a thin one around `first`, thick ones on both sides. */
export function slabsAround(slices: number, bytesPerSlice: number, first: number): [start: number, stop: number][] {
  const thick = Math.max(1, Math.floor(SLAB_BYTES / Math.max(1, bytesPerSlice)));
  const thin = Math.max(1, Math.floor(FIRST_BYTES / Math.max(1, bytesPerSlice)));
  const start = Math.max(0, Math.min(slices - thin, first - (thin >> 1)));
  const slabs: [number, number][] = [[start, Math.min(slices, start + thin)]];
  for (let stop = start; stop > 0; stop -= thick) slabs.push([Math.max(0, stop - thick), stop]);
  for (let next = start + thin; next < slices; next += thick) slabs.push([next, Math.min(slices, next + thick)]);
  return slabs;
}

/** Takes the range nearest to `place` out of those that wait. */
export function takeNearest(waiting: [number, number][], place: number): [number, number] | undefined {
  const away = ([start, stop]: [number, number]) =>
    place < start ? start - place : place >= stop ? place - stop + 1 : 0;
  const nearest = waiting.reduce((best, slab, at) => (away(slab) < away(waiting[best] ?? slab) ? at : best), 0);
  return waiting.splice(nearest, 1)[0];
}

export interface LoadOptions {
  readonly url: string;
  readonly shape: readonly [number, number, number];
  readonly signal: AbortSignal;
  /** The slice on screen, asked for anew before each slab: where one looks is loaded first. */
  onScreen(): number;
  onSlab(slab: Slab): void;
}

/** Resolves when everything is loaded; rejects with a sentence when a slab cannot be had. */
export async function loadVoxels(options: LoadOptions): Promise<void> {
  const [slices, rows, cols] = options.shape;
  const waiting = slabsAround(slices, 2 * rows * cols, options.onScreen());
  const work = async () => {
    for (;;) {
      const next = takeNearest(waiting, options.onScreen());
      if (!next) return;
      const voxels = await fetchSlab(options, next, (next[1] - next[0]) * rows * cols);
      if (options.signal.aborted) return;
      options.onSlab({ start: next[0], stop: next[1], voxels });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

/** The same; where it cannot be had, says so. */
export function loadOrSay(options: LoadOptions & { onProblem(sentence: string): void }): void {
  loadVoxels(options).catch((error: Error) => {
    if (options.signal.aborted) return;
    options.onProblem(`The image could not be loaded. ${error.message} Reload the page to try again.`);
  });
}

async function fetchSlab(
  { url, signal }: LoadOptions,
  [start, stop]: [number, number],
  voxels: number,
): Promise<Int16Array<ArrayBuffer>> {
  for (let attempt = 1; ; attempt++) {
    try {
      const answer = await fetch(`${url}?start=${start}&stop=${stop}`, { signal, credentials: "same-origin" });
      if (!answer.ok) throw new Error(`The server answered ${answer.status}.`);
      const bytes = await answer.arrayBuffer();
      if (bytes.byteLength !== 2 * voxels) throw new Error("Part of the image is missing.");
      return new Int16Array(bytes);
    } catch (error) {
      if (signal.aborted || attempt === ATTEMPTS) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * attempt));
    }
  }
}
