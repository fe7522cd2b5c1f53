/** Going where another person goes, until one moves oneself. */

import { effect, type ReadonlySignal, type Signal, signal, untracked } from "@preact/signals";
import type { Voxel } from "../protocol/protocol";
import type { Place } from "../store/companions";

export class Following {
  /** The user id of whom the view goes with; null where it goes its own way. */
  readonly whom: ReadonlySignal<number | null>;
  private readonly chosen = signal<number | null>(null);
  /** Where they led to last. */
  private led: Voxel | null = null;

  constructor(
    places: ReadonlySignal<ReadonlyMap<number, Place>>,
    private readonly crosshair: Signal<Voxel>,
  ) {
    this.whom = this.chosen;
    effect(() => {
      const whom = this.chosen.value;
      const place = whom === null ? undefined : places.value.get(whom);
      if (whom !== null && !place) this.stop();
      if (place) untracked(() => this.goTo(place.at));
    });
    effect(() => {
      if (crosshair.value !== this.led) this.stop();
    });
  }

  /** Go with a person, or no longer. */
  toggle(whom: number): void {
    this.chosen.value = this.chosen.value === whom ? null : whom;
  }

  stop(): void {
    this.chosen.value = null;
  }

  private goTo(at: Voxel): void {
    if (this.crosshair.value.every((index, axis) => index === at[axis])) {
      this.led = this.crosshair.value;
      return;
    }
    this.led = at;
    this.crosshair.value = at;
  }
}
