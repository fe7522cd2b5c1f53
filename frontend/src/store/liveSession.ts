/** Ties socket, outbox and store together: what the user does goes out, what the server says comes in. */

import { codedRegion, type Region } from "../painting/region";
import { Connection, type ConnectionState } from "../protocol/connection";
import type { Outbox } from "../protocol/outbox";
import type { EditMessage, Frame, OperationRequest, SaidKind, ServerMessage, Voxel } from "../protocol/protocol";
import { newRequestId } from "../protocol/requestId";
import type { AnnotationStore } from "./annotationStore";
import { HEARTBEAT_MS, type Place } from "./companions";
import { SequenceTracker } from "./sequence";
import { Throttle } from "./throttle";
import type { ClickTimings } from "./timings";
import type { Toasts } from "./toasts";

const VIEW_INTERVAL_MS = 120;
const LOOK_INTERVAL_MS = 100;
/** Slices of one batch may overtake each other a little; a gap that lasts longer is a loss. */
const GAP_PATIENCE_MS = 200;
const CATCH_UP_PATIENCE_MS = 5_000;

export interface LiveSessionParts {
  readonly store: AnnotationStore;
  readonly outbox: Outbox;
  readonly toasts: Toasts;
  readonly timings: ClickTimings;
  readonly url: string;
  /** Newer slices to show. */
  readonly onFrames: (frames: readonly Frame[]) => void;
  readonly openSocket?: (url: string) => WebSocket;
}

export class LiveSession {
  readonly sequences = new SequenceTracker();
  private readonly connection: Connection;
  private readonly view: Throttle<readonly number[]>;
  private readonly looks: Throttle<Place>;
  private place: Place | null = null;
  private heartbeat: ReturnType<typeof setInterval> | undefined;
  private onScreen: readonly number[] = [];
  /** Whether this connection has said where it stands; before that, edits would overtake those being re-sent. */
  private greeted = false;
  private gapTimer: ReturnType<typeof setTimeout> | undefined;
  private catchUpTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly parts: LiveSessionParts) {
    this.connection = new Connection(
      parts.url,
      {
        onState: (state) => this.onConnection(state),
        onMessage: (message) => this.onMessage(message),
        onFrames: (frames) => this.onFrames(frames),
        onMalformed: (error) => this.onMalformed(error),
        onIdle: () => this.connection.send({ type: "resync", since: this.sequences.contiguous }),
      },
      parts.openSocket,
    );
    this.view = new Throttle(VIEW_INTERVAL_MS, (z) => this.connection.send({ type: "view", z }));
    this.looks = new Throttle(LOOK_INTERVAL_MS, (place) => this.connection.send({ type: "look", ...place }));
    this.adoptLeftOver();
  }

  start(): void {
    this.connection.start();
    this.heartbeat = setInterval(() => this.beat(), HEARTBEAT_MS);
  }

  stop(): void {
    clearInterval(this.heartbeat);
    clearTimeout(this.gapTimer);
    clearTimeout(this.catchUpTimer);
    this.connection.stop();
  }

  addPrompt(label: number, kind: SaidKind, positive: boolean, voxels: readonly Voxel[]): void {
    const edit = { type: "prompt.add", request: newRequestId(), label, kind, positive, voxels } as const;
    this.parts.timings.clicked(edit.request);
    this.parts.store.addPending(edit);
    this.submit(edit);
  }

  /** Voxels that the hand painted; `label` 0 erases, with `carry` the model follows at once. */
  addStroke(label: number, region: Region, carry: boolean): void {
    const edit = { type: "stroke.add", request: newRequestId(), label, ...codedRegion(region), carry } as const;
    this.parts.store.strokes.add(edit, region);
    this.submit(edit);
  }

  /** Have the model take up what was painted. */
  carryOn(): void {
    this.submit({ type: "carry", request: newRequestId() });
  }

  addOperation(operation: OperationRequest): void {
    this.submit({ type: "operation.add", request: newRequestId(), operation });
  }

  /** Lock or unlock a label, by its value, or a slice, by its index. */
  lock(target: "label" | "slice", place: number, locked: boolean): void {
    this.submit({ type: "lock", request: newRequestId(), target, place, locked });
  }

  /** The label ends on a slice towards higher (1) or lower (-1) ones. */
  end(label: number, z: number, towards: 1 | -1): void {
    this.submit({ type: "end", request: newRequestId(), label, z, towards });
  }

  removePrompt(edit: number): void {
    this.submit({ type: "prompt.remove", request: newRequestId(), edit });
  }

  undo(): void {
    this.submit({ type: "undo", request: newRequestId() });
  }

  redo(): void {
    this.submit({ type: "redo", request: newRequestId() });
  }

  /** Indices along the propagation axis that are on screen, the current one first. */
  showSlices(z: readonly number[]): void {
    if (z.length === this.onScreen.length && z.every((index, place) => index === this.onScreen[place])) return;
    this.onScreen = z;
    this.view.push(z);
  }

  /** Where this page is, for the others. */
  lookAt(place: Place): void {
    this.place = place;
    this.looks.push(place);
  }

  private beat(): void {
    if (this.place) this.looks.push(this.place);
    this.parts.store.companions.forgetSilent();
  }

  private submit(edit: EditMessage): void {
    const { outbox, store } = this.parts;
    outbox.add(edit);
    store.unacknowledged.value = outbox.size;
    if (this.greeted) this.connection.send(edit);
  }

  private adoptLeftOver(): void {
    const { outbox, store, toasts } = this.parts;
    if (outbox.size === 0) return;
    for (const edit of outbox.edits) {
      if (edit.type === "prompt.add") store.addPending(edit);
      if (edit.type === "stroke.add") store.strokes.add(edit);
    }
    store.unacknowledged.value = outbox.size;
    toasts.say(
      outbox.size === 1 ? "One edit from before is being sent." : `${outbox.size} edits from before are being sent.`,
    );
  }

  private onConnection(state: ConnectionState): void {
    this.parts.store.connection.value = state;
    this.greeted = false;
    if (state === "live") this.beginCatchUp();
    else clearTimeout(this.catchUpTimer);
  }

  private onMessage(message: ServerMessage): void {
    const { store } = this.parts;
    switch (message.type) {
      case "state":
        store.applyState(message);
        this.resend();
        break;
      case "ack":
        this.onAcknowledged(message.request, message.revision, message.edit);
        break;
      case "refused":
        this.onRefused(message.request, message.sentence);
        break;
      case "prompts":
        store.applyPrompts(message);
        break;
      case "run":
        this.onRun(message);
        break;
      case "features":
        store.features.value = message;
        break;
      case "labels":
        store.applyLabels(message.labels);
        break;
      case "people":
        store.applyPeople(message.people);
        // Who has just come knows nothing of where the others are.
        if (this.place) this.looks.push(this.place);
        break;
      case "presence":
        store.companions.saw(message);
        break;
      case "workflow":
        store.workflow.value = message;
        break;
      case "synced":
        this.onSynced(message.sequence);
        break;
    }
  }

  /** After connecting: everything that may not have arrived, in the order in which it was made. */
  private resend(): void {
    this.greeted = true;
    for (const edit of this.parts.outbox.edits) this.connection.send(edit);
    if (this.onScreen.length > 0) this.view.push(this.onScreen);
    if (this.place) this.looks.push(this.place);
  }

  private onAcknowledged(request: string, revision: number, edit: number): void {
    const { outbox, store, timings } = this.parts;
    outbox.settle(request);
    store.unacknowledged.value = outbox.size;
    store.acknowledgedRevision.value = Math.max(store.acknowledgedRevision.value, revision);
    store.acknowledgePending(request, revision);
    store.strokes.acknowledge(request, revision, edit);
    const latency = timings.acknowledged(request, revision);
    if (latency !== null) store.latencyMs.value = latency;
  }

  private onRefused(request: string | null, sentence: string): void {
    const { outbox, store, toasts } = this.parts;
    if (request !== null) {
      outbox.settle(request);
      store.dropPending(request);
      store.strokes.drop(request);
      store.unacknowledged.value = outbox.size;
    }
    toasts.say(sentence, "problem");
  }

  private onRun(run: Extract<ServerMessage, { type: "run" }>): void {
    const { store, timings, toasts } = this.parts;
    store.applyRun(run);
    if (run.state === "failed" && run.sentence) toasts.say(run.sentence, "problem");
    if (run.state !== "done") return;
    timings.runDone(run.revision);
    // The last slices of a run have no successor whose number would show that they were lost.
    if (!this.sequences.catchingUp) this.requestMissing();
  }

  private onFrames(frames: readonly Frame[]): void {
    const { store, timings, onFrames } = this.parts;
    const fresh = store.applyFrames(frames);
    if (this.sequences.catchingUp) this.expectSynced();
    for (const frame of frames) this.sequences.saw(frame.sequence);
    if (fresh.length > 0) {
      onFrames(fresh);
      timings.framesArrived(Math.max(...fresh.map((frame) => frame.revision)));
    }
    if (this.sequences.gap) this.gapTimer ??= setTimeout(() => this.closeGap(), GAP_PATIENCE_MS);
  }

  private closeGap(): void {
    this.gapTimer = undefined;
    if (this.sequences.gap) this.requestMissing();
  }

  private requestMissing(): void {
    if (this.connection.send({ type: "resync", since: this.sequences.contiguous })) this.beginCatchUp();
  }

  private beginCatchUp(): void {
    this.sequences.beginCatchUp();
    this.expectSynced();
  }

  private expectSynced(): void {
    clearTimeout(this.catchUpTimer);
    this.catchUpTimer = setTimeout(() => this.requestMissing(), CATCH_UP_PATIENCE_MS);
  }

  private onSynced(sequence: number): void {
    clearTimeout(this.catchUpTimer);
    this.sequences.synced(sequence);
    this.parts.store.synced.value = true;
  }

  private onMalformed(error: Error): void {
    console.error("The server sent something outside the contract:", error);
    this.parts.toasts.say("The server sent something that this page does not understand. Please reload it.", "problem");
  }
}
