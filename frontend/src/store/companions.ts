/** Where the others who have the case open are. Told over the socket and kept nowhere: who says nothing is forgotten. */

import { type ReadonlySignal, signal } from "@preact/signals";
import type { Person, Voxel } from "../protocol/protocol";

/** Each page says where it is every `HEARTBEAT_MS`, also when nothing moves; after `SILENCE_MS` it is taken for away. */
export const HEARTBEAT_MS = 3_000;
export const SILENCE_MS = 8_000;

export interface Place {
  /** The voxel under their crosshair. */
  readonly at: Voxel;
  /** The voxel under their pointer; null where that is on no image. */
  readonly pointer: Voxel | null;
}

interface Heard extends Place {
  readonly at_ms: number;
}

export class Companions {
  /** By user id; without me. */
  readonly places: ReadonlySignal<ReadonlyMap<number, Place>>;
  private readonly heard = signal<ReadonlyMap<number, Heard>>(new Map());

  constructor(
    private readonly me: number,
    private readonly shape: Voxel,
    private readonly now: () => number = Date.now,
  ) {
    this.places = this.heard;
  }

  saw({ user, at, pointer }: Place & { readonly user: number }): void {
    if (user === this.me || !this.holds(at)) return;
    const place = { at, pointer: pointer && this.holds(pointer) ? pointer : null, at_ms: this.now() };
    this.heard.value = new Map([...this.heard.value, [user, place]]);
  }

  /** Only these have the case open. */
  keep(people: readonly Person[]): void {
    this.retain((id) => people.some((person) => person.id === id));
  }

  forgetSilent(): void {
    const since = this.now() - SILENCE_MS;
    this.retain((_, { at_ms }) => at_ms >= since);
  }

  private retain(stays: (id: number, place: Heard) => boolean): void {
    const left = [...this.heard.value].filter(([id, place]) => stays(id, place));
    if (left.length < this.heard.value.size) this.heard.value = new Map(left);
  }

  /** What another page says may lie outside of this volume. */
  private holds(voxel: Voxel): boolean {
    return voxel.every((index, axis) => index < (this.shape[axis] as number));
  }
}

export interface PersonColour {
  /** Dark, for letters on it. */
  readonly ground: string;
  /** Bright, for marks on an image. */
  readonly mark: string;
  /** For lines on panels, light or dark. */
  readonly line: string;
}

/** A person's colour, the same for everybody. */
export function personColour(id: number): PersonColour {
  // The golden angle keeps the hues of neighbouring ids apart.
  const hue = Math.round((id * 137.508 + 180) % 360);
  return { ground: `hsl(${hue} 45% 27%)`, mark: `hsl(${hue} 90% 68%)`, line: `hsl(${hue} 70% 45%)` };
}
