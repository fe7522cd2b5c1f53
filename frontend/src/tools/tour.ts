/** The guided tour: what to show in which order, where a person is in it, and whether it is still offered. */

import { type ReadonlySignal, type Signal, signal } from "@preact/signals";

export interface TourStep {
  /** A selector of what it is about. */
  readonly at: string;
  readonly title: string;
  readonly says: string;
  /** An action whose key is told. */
  readonly action?: string;
  /** Raised by what the person is asked to do: then the tour goes on by itself. */
  readonly until?: "prompts" | "slice" | "layout";
}

export const TOUR: readonly TourStep[] = [
  {
    at: ".labels",
    title: "What you are looking for",
    says: "Each structure is a label. The marked one is what a click adds to; choose another here or by its number.",
  },
  {
    at: ".stage",
    title: "Click on it",
    says: "Go to a slice where the structure is plain to see and click into the middle of it. The model finds its border at once, then goes on through the volume, slice by slice.",
    until: "prompts",
  },
  {
    at: ".ribbon",
    title: "All slices at a glance",
    says: "Here every slice is a column: coloured where the label is found. Turn the wheel over the image, or click here, to go through them.",
    action: "slice.next",
    until: "slice",
  },
  {
    at: ".ribbon-button",
    title: "Where to look",
    says: "You need not look at everything: this leads to the slice on which the model is least sure.",
    action: "slice.doubtful",
  },
  {
    at: ".stage",
    title: "Correct it",
    says: "Click with the right button where the label should not be, and with the left where it is missing. Only what your correction changes is computed again.",
    until: "prompts",
  },
  {
    at: ".view-bar",
    title: "Look at it from all sides",
    says: "Three planes, 3D, an oblique slice, outlines, slabs, rulers and angles. Try the layout with 3D.",
    action: "layout.four",
    until: "layout",
  },
  {
    at: ".topbar-group",
    title: "Nothing is lost",
    says: "Everything is saved as you work, and every edit of yours can be undone.",
    action: "undo",
  },
  {
    at: "[aria-label='Keyboard shortcuts']",
    title: "Every action has a key",
    says: "The list of all keys, where you can change them and take this tour again.",
    action: "help",
  },
];

export class Tour {
  /** The place of the step on screen; null while there is no tour. */
  readonly place: ReadonlySignal<number | null>;
  /** Whether a person who has not taken it is to be asked. */
  readonly offered: ReadonlySignal<boolean>;
  private readonly at: Signal<number | null> = signal(null);
  private readonly open: Signal<boolean>;
  private readonly key: string;

  constructor(
    private readonly storage: Pick<Storage, "getItem" | "setItem"> | null,
    user: number,
  ) {
    this.key = `s2v.tour.${user}`;
    this.open = signal(this.isNew());
    this.place = this.at;
    this.offered = this.open;
  }

  start(): void {
    this.at.value = 0;
    this.remember();
  }

  /** One step on (1) or back (-1); after the last it is over. */
  step(by: 1 | -1): void {
    const next = Math.max(0, (this.at.value ?? 0) + by);
    this.at.value = next < TOUR.length ? next : null;
  }

  /** Leave the tour, or do not take it at all; it is not offered again. */
  end(): void {
    this.at.value = null;
    this.remember();
  }

  private isNew(): boolean {
    try {
      return this.storage !== null && this.storage.getItem(this.key) === null;
    } catch {
      return false;
    }
  }

  private remember(): void {
    this.open.value = false;
    try {
      this.storage?.setItem(this.key, "seen");
    } catch {
      // A full or forbidden storage: it is offered again the next time.
    }
  }
}
