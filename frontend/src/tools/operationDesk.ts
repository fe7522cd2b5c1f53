/** The operation that is being prepared, and the one under way. */

import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Operation, Voxel } from "../protocol/protocol";
import type { AnnotationStore } from "../store/annotationStore";
import type { LiveSession } from "../store/liveSession";
import type { Toasts } from "../store/toasts";
import { defaultValues, type OperationDescription, operationNamed, requestOf, type Value } from "./operations";

export interface DeskParts {
  readonly store: AnnotationStore;
  readonly session: Pick<LiveSession, "addOperation" | "removePrompt" | "undo">;
  readonly toasts: Toasts;
  readonly crosshair: ReadonlySignal<Voxel>;
}

export class OperationDesk {
  readonly open = signal(false);
  readonly chosen = signal("fill_between");
  readonly others: Signal<readonly number[]> = signal([]);
  /** First and last slice, from 0; null for all. */
  readonly slices: Signal<readonly [number, number] | null> = signal(null);
  readonly overAny = signal(false);
  /** Whether the newest thing done is an operation of mine: then the run speaks of it, and undo takes it back. */
  readonly mine: ReadonlySignal<Operation | null>;
  readonly busy: ReadonlySignal<boolean>;
  private readonly values: Signal<Readonly<Record<string, Readonly<Record<string, Value>>>>>;

  constructor(private readonly parts: DeskParts) {
    const { store } = parts;
    this.values = signal(defaultValues(store.boot.volume));
    this.mine = computed(() => {
      const newest = store.operations.value.at(-1);
      const later = store.prompts.value.some(({ edit }) => newest && edit > newest.edit);
      return newest && !later && newest.user.id === store.boot.user.id ? newest : null;
    });
    this.busy = computed(() => {
      const state = store.run.value?.state;
      return this.mine.value !== null && (state === "queued" || state === "running");
    });
  }

  valuesOf(name: string): Readonly<Record<string, Value>> {
    return this.values.value[name] ?? {};
  }

  change(name: string, change: Readonly<Record<string, Value>>): void {
    this.values.value = { ...this.values.value, [name]: { ...this.valuesOf(name), ...change } };
  }

  toggleOther(value: number): void {
    const { others } = this;
    others.value = others.value.includes(value)
      ? others.value.filter((other) => other !== value)
      : [...others.value, value];
  }

  /** Voxels of the active label in the slices that the operation would see. */
  voxelsSeen(): number {
    const { store } = this.parts;
    store.sliceChanges.value;
    const label = store.activeLabel.value;
    if (this.slices.value === null) return store.slices.total(label);
    const [first, last] = this.slices.value;
    let voxels = 0;
    for (let z = first; z <= last; z++) voxels += store.slices.at(z)?.counts.get(label) ?? 0;
    return voxels;
  }

  /** Ask for an operation on the active label, with what is set for it; whether that could be asked for. */
  apply(operation: OperationDescription): boolean {
    const { store, session, toasts, crosshair } = this.parts;
    const label = store.activeLabel.value;
    const request = requestOf(operation, {
      label,
      others: this.others.value.filter((value) => value !== label && store.labelOf(value)),
      locked: [],
      values: this.valuesOf(operation.name),
      slices: this.slices.value,
      overAny: this.overAny.value,
      crosshair: crosshair.value,
    });
    if (typeof request === "string") {
      toasts.say(request);
      return false;
    }
    session.addOperation(request);
    return true;
  }

  /** By key: with what the panel has set for it. */
  applyNamed(name: string): void {
    const operation = operationNamed(name);
    if (!operation || !this.apply(operation)) return;
    const { store, toasts } = this.parts;
    toasts.say(`${operation.says} on ${store.labelOf(store.activeLabel.value)?.name ?? "the label"}. Z takes it back.`);
  }

  takeBack(edit: number): void {
    this.parts.session.removePrompt(edit);
  }
}
