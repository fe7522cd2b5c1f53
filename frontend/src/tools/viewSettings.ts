/** How the image is looked at: layout, colours, slab, read-out. Kept in the browser, for each person apart. */

import { type Signal, signal } from "@preact/signals";
import { LAYOUTS, type Layout, PANES, type Pane } from "../geometry/layout";
import { COLOUR_MAPS, type ColourMap } from "../render/colourMaps";

export const SLABS = ["brightest", "mean", "darkest"] as const;
export const SOLIDS = ["surfaces", "projection", "oblique"] as const;
export const WORLDS = ["RAS", "LPS"] as const;

export interface ViewStyle {
  readonly layout: Layout;
  /** The pane that is large, or alone. */
  readonly large: Pane;
  /** Whether all planes have the same millimetres a pixel. */
  readonly linkedZoom: boolean;
  readonly crosshair: boolean;
  readonly colourMap: ColourMap;
  /** Labels as outlines only. */
  readonly outlined: boolean;
  /** What a plane shows of its slab, and the slab's thickness; 0 mm is a single slice. */
  readonly slab: (typeof SLABS)[number];
  readonly slab_mm: number;
  /** What 3D shows: the labels' surfaces, the brightest value behind each pixel, or a slice across the view. */
  readonly solid: (typeof SOLIDS)[number];
  /** The directions in which patient coordinates grow. */
  readonly world: (typeof WORLDS)[number];
}

/** A step of the camera in radians, and of the zoom of planes and 3D as a factor. */
export interface ViewMove {
  readonly yaw: number;
  readonly pitch: number;
  readonly zoom: number;
}

export type MeasuringTool = "ruler" | "angle";

export const PLAIN: ViewStyle = {
  layout: "three",
  large: "axial",
  linkedZoom: true,
  crosshair: true,
  colourMap: "grey",
  outlined: false,
  slab: "brightest",
  slab_mm: 0,
  solid: "surfaces",
  world: "RAS",
};
const THICKNESSES_MM = [0, 2, 5, 10, 20, 40, 80] as const;
const LAST_MM = THICKNESSES_MM[THICKNESSES_MM.length - 1] as number;

export class ViewSettings {
  readonly style: Signal<ViewStyle>;
  readonly measuring = signal<MeasuringTool | null>(null);
  /** Raised to ask the viewer to forget all measurements. */
  readonly measurementsCleared = signal(0);
  /** The last step by key: 3D turns, everything zooms. */
  readonly moved = signal<ViewMove | null>(null);
  private readonly key: string;

  /** `home` is the pane that is large at first. */
  constructor(
    private readonly storage: Pick<Storage, "getItem" | "setItem"> | null,
    user: number,
    home: Pane,
  ) {
    this.key = `s2v.view.${user}`;
    this.style = signal({ ...PLAIN, large: home, ...this.stored() });
  }

  change(part: Partial<ViewStyle>): void {
    this.style.value = { ...this.style.value, ...part };
    // What is large belongs to the image at hand, everything else to the person.
    const { large: _, ...kept } = this.style.value;
    try {
      this.storage?.setItem(this.key, JSON.stringify(kept));
    } catch {
      // A full or forbidden storage costs the preference, nothing else.
    }
  }

  move(step: ViewMove): void {
    this.moved.value = { ...step };
  }

  stepLayout(): void {
    this.change({ layout: after(LAYOUTS, this.style.value.layout) });
  }

  stepColourMap(): void {
    this.change({ colourMap: after(COLOUR_MAPS, this.style.value.colourMap) });
  }

  stepSlab(): void {
    this.change({ slab: after(SLABS, this.style.value.slab) });
  }

  stepSolid(): void {
    this.change({ solid: after(SOLIDS, this.style.value.solid) });
  }

  /** Thicker (1) or thinner (-1). */
  stepThickness(by: 1 | -1): void {
    const now = this.style.value.slab_mm;
    const next = by > 0 ? THICKNESSES_MM.find((mm) => mm > now) : [...THICKNESSES_MM].reverse().find((mm) => mm < now);
    this.change({ slab_mm: next ?? (by > 0 ? LAST_MM : 0) });
  }

  /** The next pane becomes the large one. */
  stepLarge(): void {
    const { layout, large } = this.style.value;
    const next = after(PANES, large);
    this.change({ large: next === "volume" && layout !== "one" ? "axial" : next });
  }

  /** Show a pane large; if it already is, alone; if it is alone, with the others again. */
  enlarge(pane: Pane): void {
    const { layout, large } = this.style.value;
    if (layout === "one") this.change({ layout: pane === "volume" ? "four" : "three" });
    else if (layout === "three" && pane !== large && pane !== "volume") this.change({ large: pane });
    else this.change({ layout: "one", large: pane });
  }

  /** Take a measuring tool, or put it away. */
  toggleMeasuring(tool: MeasuringTool): void {
    this.measuring.value = this.measuring.value === tool ? null : tool;
  }

  private stored(): Partial<ViewStyle> {
    try {
      const found = JSON.parse(this.storage?.getItem(this.key) ?? "{}") as Record<string, unknown>;
      return Object.fromEntries(Object.entries(found).filter(([name, value]) => isMeant(name, value)));
    } catch {
      return {};
    }
  }
}

const CHOICES: Readonly<Record<string, readonly unknown[]>> = {
  layout: LAYOUTS,
  colourMap: COLOUR_MAPS,
  slab: SLABS,
  solid: SOLIDS,
  world: WORLDS,
  linkedZoom: [true, false],
  crosshair: [true, false],
  outlined: [true, false],
};

/** Whether a stored setting is one of today's. */
function isMeant(name: string, value: unknown): boolean {
  if (name === "slab_mm") return typeof value === "number" && value >= 0 && value <= LAST_MM;
  return CHOICES[name]?.includes(value) ?? false;
}

function after<T>(all: readonly T[], now: T): T {
  return all[(all.indexOf(now) + 1) % all.length] as T;
}
