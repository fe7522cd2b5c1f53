/** Fetches the image in slabs along the first storage axis, those around the first slice on screen before others. */

const SLAB_BYTES = 4 << 20;
const AT_ONCE = 3;
const ATTEMPTS = 4;
const PAUSE_MS = 400;

export interface Slab {
  readonly start: number;
  readonly stop: number;
  readonly voxels: Int16Array<ArrayBuffer>;
}

/** Ranges [start, stop) that cover all slices, nearest to `first` first. */
export function slabOrder(slices: number, bytesPerSlice: number, first: number): [start: number, stop: number][] {
  const thick = Math.max(1, Math.min(slices, Math.floor(SLAB_BYTES / Math.max(1, bytesPerSlice))));
  const slabs: [number, number][] = [];
  for (let start = 0; start < slices; start += thick) slabs.push([start, Math.min(slices, start + thick)]);
  const away = ([start, stop]: [number, number]) =>
    first < start ? start - first : first >= stop ? first - stop + 1 : 0;
  return slabs.sort((a, b) => away(a) - away(b));
}

export interface LoadOptions {
  readonly url: string;
  readonly shape: readonly [number, number, number];
  readonly first: number;
  readonly signal: AbortSignal;
  onSlab(slab: Slab): void;
}

/** Resolves when everything is loaded; rejects with a sentence when a slab cannot be had. */
export async function loadVoxels(options: LoadOptions): Promise<void> {
  const [slices, rows, cols] = options.shape;
  const waiting = slabOrder(slices, 2 * rows * cols, options.first);
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const voxels = await fetchSlab(options, next, (next[1] - next[0]) * rows * cols);
      if (options.signal.aborted) return;
      options.onSlab({ start: next[0], stop: next[1], voxels });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
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
