/** What the user can do in the workspace, and the state of the tools. Panels and keys call this and nothing else. */

import { batch, computed, effect, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { PLANES, planesOf } from "../geometry/orientation";
import type { Region } from "../painting/region";
import type { BootVolume } from "../protocol/boot";
import type { DrawnKind, Prompt, SaidKind, Voxel } from "../protocol/protocol";
import { addLabel, changeLabel } from "../protocol/rest";
import type { AnnotationStore } from "../store/annotationStore";
import type { LiveSession } from "../store/liveSession";
import { nextColour } from "../store/palette";
import { loadPreferences, savePreferences } from "../store/preferences";
import type { Toasts } from "../store/toasts";
import { Following } from "./following";
import { type Doubt, leastSure } from "./leastSure";
import { OperationDesk } from "./operationDesk";
import { isPaintKind, type PaintKind, PaintSettings } from "./paintSettings";
import { Tour } from "./tour";
import { ViewSettings } from "./viewSettings";
import { type IntensityWindow, type WindowPreset, windowPresets } from "./windowPresets";

export type PlacedVoxel = [z: number, y: number, x: number];

export interface WorkspaceParts {
  readonly store: AnnotationStore;
  readonly session: Pick<
    LiveSession,
    "addPrompt" | "addStroke" | "carryOn" | "lock" | "end" | "addOperation" | "removePrompt" | "undo" | "redo"
  >;
  readonly toasts: Toasts;
  readonly storage: Storage | null;
}

const OPACITY_STEP = 0.1;
/** On screen for so long, a slice has been looked at. */
const LOOK_MS = 400;

export class Workspace {
  readonly store: AnnotationStore;
  readonly toasts: Toasts;
  readonly volume: BootVolume;
  /** The propagation axis among (z, y, x). */
  readonly axis: number;
  readonly presets: readonly WindowPreset[];
  /** The voxel under the crosshair. */
  readonly crosshair: Signal<Voxel>;
  readonly window: Signal<IntensityWindow>;
  /** Layout, colours, slab and measuring. */
  readonly view: ViewSettings;
  readonly tour: Tour;
  readonly following: Following;
  /** The voxel under the pointer; null where that is on no image. */
  readonly pointer = signal<Voxel | null>(null);
  /** How the hand paints. */
  readonly paint: PaintSettings;
  /** What is done to whole labels. */
  readonly operations: OperationDesk;
  readonly opacity: Signal<number>;
  readonly masksShown = signal(true);
  /** Whether a left click adds to the label (true) or takes away from it. */
  readonly positive = signal(true);
  /** What a drag on the image draws; with points it moves the image. */
  readonly tool = signal<"point" | DrawnKind>("point");
  /** The edit of the chosen prompt, which Delete takes back. */
  private readonly chosenEdit = signal<number | null>(null);
  readonly chosenPrompt: ReadonlySignal<Prompt | null>;
  /** Raised to ask the viewer to forget the stroke under way. */
  readonly strokeCancels = signal(0);
  readonly helpOpen = signal(false);
  /** Whether the form for a new label is open. */
  readonly addingLabel = signal(false);
  /** Raised to ask the viewer to fit the image again. */
  readonly viewResets = signal(0);
  /** Index along the propagation axis. */
  readonly slice: ReadonlySignal<number>;
  /** Where `goToDoubt` led last. */
  readonly doubt = signal<Doubt | null>(null);
  /** The slices that were looked at, as they were then: z to sequence. */
  private readonly seen = new Map<number, number>();

  constructor(private readonly parts: WorkspaceParts) {
    const { store, toasts, storage } = parts;
    this.store = store;
    this.toasts = toasts;
    this.volume = store.boot.volume;
    this.axis = store.boot.annotation.axis;
    this.presets = windowPresets(this.volume);
    const { affine } = this.volume;
    const home = PLANES.find((plane) => planesOf(affine)[plane].normal === this.axis) ?? "axial";
    this.tour = new Tour(storage, store.boot.user.id);
    this.view = new ViewSettings(storage, store.boot.user.id, home);
    this.paint = new PaintSettings(this.volume);
    this.crosshair = signal(this.volume.shape.map((length) => Math.floor(length / 2)) as PlacedVoxel);
    this.following = new Following(store.companions.places, this.crosshair);
    this.operations = new OperationDesk({ ...parts, crosshair: this.crosshair });
    this.window = signal(this.volume.window);
    this.opacity = signal(loadPreferences(storage).opacity);
    this.chosenPrompt = computed(
      () => store.prompts.value.find((prompt) => prompt.edit === this.chosenEdit.value) ?? null,
    );
    this.slice = computed(() => this.crosshair.value[this.axis] as number);
    effect(() => {
      store.sliceChanges.value;
      const z = this.slice.value;
      const look = setTimeout(() => this.markSeen(z), LOOK_MS);
      return () => clearTimeout(look);
    });
  }

  /** A click or a stroke on the image. `inverted` is the other mouse button or a modifier. */
  addPrompt(kind: SaidKind, voxels: readonly Voxel[], inverted: boolean): void {
    const label = this.store.activeLabel.value;
    if (label === 0) {
      this.toasts.say("Add a label first: then a prompt says where it is.");
      this.addingLabel.value = true;
      return;
    }
    if (
      this.isLocked(
        label,
        voxels.map((voxel) => voxel[this.axis] as number),
      )
    )
      return;
    const positive = this.positive.value !== inverted;
    if (kind === "box" && !positive) {
      this.toasts.say("A box can only add. Take away with a point, a scribble or a lasso.");
      return;
    }
    this.parts.session.addPrompt(label, kind, positive, voxels);
  }

  /** Take a tool into the hand: one that tells the model, or one that paints. */
  chooseTool(tool: "point" | DrawnKind | PaintKind): void {
    const paints = isPaintKind(tool);
    if (paints && this.store.activeLabel.value === 0) {
      this.toasts.say("Add a label first: then it can be painted.");
      this.addingLabel.value = true;
      return;
    }
    batch(() => {
      this.paint.kind.value = paints ? tool : null;
      if (!paints) this.tool.value = tool;
      this.view.measuring.value = null;
    });
  }

  /** A finished stroke of the hand. */
  addStroke(label: number, region: Region): void {
    this.parts.session.addStroke(label, region, this.paint.live.value);
  }

  /** Have the model take up, on the neighbouring slices, what was painted. */
  carryOn(): void {
    this.parts.session.carryOn();
  }

  /** Lock a label for everybody, or unlock it. */
  toggleLabelLock(value: number): void {
    if (value > 0) this.parts.session.lock("label", value, !this.store.locks.value.labels.has(value));
  }

  /** Lock the slice on screen for everybody, or unlock it. */
  toggleSliceLock(): void {
    const z = this.slice.value;
    this.parts.session.lock("slice", z, !this.store.locks.value.slices.has(z));
  }

  /** The active label ends on the slice on screen, towards higher (1) or lower (-1) slices. */
  endHere(towards: 1 | -1): void {
    const label = this.store.activeLabel.value;
    if (label > 0 && !this.isLocked(label, [])) this.parts.session.end(label, this.slice.value, towards);
  }

  /** Says so if a label, or all of these slices, are locked. */
  private isLocked(label: number, slices: readonly number[]): boolean {
    const { locks } = this.store;
    const name = this.store.labelOf(label)?.name ?? `Label ${label}`;
    if (locks.value.labels.has(label)) this.toasts.say(`${name} is locked. Unlock it in the list of labels first.`);
    else if (slices.length > 0 && slices.every((z) => locks.value.slices.has(z))) {
      this.toasts.say("This slice is locked. Unlock it under the image first.");
    } else return false;
    return true;
  }

  /** Choose a prompt and go to it. */
  choosePrompt(prompt: { readonly edit: number; readonly voxels: readonly Voxel[] }): void {
    this.chosenEdit.value = prompt.edit;
    if (prompt.voxels[0]) this.goTo(prompt.voxels[0]);
  }

  /** Take back the chosen prompt; redo brings it back. */
  removeChosenPrompt(): void {
    const prompt = this.chosenPrompt.value;
    if (prompt === null) this.toasts.say("Choose a prompt first: click on it in the list.");
    else if (prompt.user.id !== this.store.boot.user.id) this.toasts.say("Only who made a prompt can take it back.");
    else {
      this.chosenEdit.value = null;
      this.parts.session.removePrompt(prompt.edit);
    }
  }

  undo(): void {
    if (this.store.undoable.value > 0 || this.store.unacknowledged.value > 0) this.parts.session.undo();
    else this.toasts.say("There is nothing of yours to undo.");
  }

  redo(): void {
    if (this.store.redoable.value > 0 || this.store.unacknowledged.value > 0) this.parts.session.redo();
    else this.toasts.say("There is nothing to redo.");
  }

  selectLabel(value: number): void {
    this.store.activeLabel.value = value;
  }

  /** The n-th label of the list, from 1. */
  selectLabelAt(place: number): void {
    const label = this.store.labels.value[place - 1];
    if (label) this.selectLabel(label.value);
  }

  stepLabel(by: number): void {
    const labels = this.store.labels.value;
    if (labels.length === 0) return;
    const here = labels.findIndex((label) => label.value === this.store.activeLabel.value);
    const next = labels[(here + by + labels.length) % labels.length];
    if (next) this.selectLabel(next.value);
  }

  /** Returns whether it worked; otherwise a toast has said why. */
  async addLabel(name: string): Promise<boolean> {
    const { labels } = this.store;
    const colour = nextColour(labels.value.map((label) => label.colour));
    return this.trying(async () => {
      const added = await addLabel(this.store.boot.urls.labels, name, colour);
      batch(() => {
        if (!labels.value.some((label) => label.id === added.id)) labels.value = [...labels.value, added];
        this.selectLabel(added.value);
      });
    });
  }

  async changeLabel(id: number, change: { name?: string; colour?: string }): Promise<boolean> {
    const { labels } = this.store;
    const before = labels.value;
    labels.value = before.map((label) => (label.id === id ? { ...label, ...change } : label));
    const worked = await this.trying(() => changeLabel(id, change));
    if (!worked) labels.value = before;
    return worked;
  }

  goToSlice(index: number): void {
    const last = (this.volume.shape[this.axis] as number) - 1;
    const place = [...this.crosshair.value] as PlacedVoxel;
    place[this.axis] = Math.max(0, Math.min(last, index));
    this.crosshair.value = place;
  }

  stepSlice(by: number): void {
    this.goToSlice(this.slice.value + by);
  }

  goTo(voxel: Voxel): void {
    this.crosshair.value = voxel;
  }

  /** The prompt after or before the current slice, around the end. */
  stepPrompt(by: 1 | -1): void {
    const here = this.slice.value;
    const along = ({ voxels }: Prompt) => voxels[0]?.[this.axis] ?? here;
    const sorted = [...this.store.prompts.value].sort((a, b) => by * (along(a) - along(b)));
    const next = sorted.find((prompt) => by * (along(prompt) - here) > 0) ?? sorted[0];
    if (next) this.choosePrompt(next);
  }

  /** To the slice on which the model is least sure, of those not looked at since they changed. */
  goToDoubt(): void {
    this.markSeen(this.slice.value);
    const doubt = leastSure(this.store.slices, (z, slice) => this.seen.get(z) === slice.sequence);
    if (!doubt) {
      this.toasts.say("You have looked at every slice that the model made.");
      return;
    }
    batch(() => {
      this.goToSlice(doubt.z);
      this.doubt.value = doubt;
    });
  }

  private markSeen(z: number): void {
    const slice = this.store.slices.at(z);
    if (slice) this.seen.set(z, slice.sequence);
  }

  setOpacity(opacity: number): void {
    this.opacity.value = Math.max(0, Math.min(1, Math.round(opacity * 100) / 100));
    const { storage } = this.parts;
    savePreferences(storage, { ...loadPreferences(storage), opacity: this.opacity.value });
  }

  stepOpacity(by: 1 | -1): void {
    this.masksShown.value = true;
    this.setOpacity(this.opacity.value + by * OPACITY_STEP);
  }

  toggleLabel(value: number): void {
    this.store.setHidden(value, !this.store.hiddenLabels.value.has(value));
  }

  applyPreset(place: number): void {
    const preset = this.presets[place];
    if (preset) this.window.value = { center: preset.center, width: preset.width };
  }

  private async trying(act: () => Promise<unknown>): Promise<boolean> {
    try {
      await act();
      return true;
    } catch (error) {
      this.toasts.say((error as Error).message, "problem");
      return false;
    }
  }
}
