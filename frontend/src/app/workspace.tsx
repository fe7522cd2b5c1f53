/** The workspace page: reads the boot JSON, builds store, socket, tools, panels and viewer, and joins them. */

import { createRef, render } from "preact";
import { PanelProvider } from "../panels/context";
import { WorkspaceLayout } from "../panels/WorkspaceLayout";
import { type Boot, parseBoot } from "../protocol/boot";
import { socketAddress } from "../protocol/connection";
import { Outbox } from "../protocol/outbox";
import * as reviewApi from "../protocol/reviewApi";
import { AnnotationStore } from "../store/annotationStore";
import { LiveSession } from "../store/liveSession";
import { ReviewStore } from "../store/review";
import { ClickTimings } from "../store/timings";
import { Toasts } from "../store/toasts";
import { commandsOf, listenToKeys } from "../tools/commands";
import { keyChangeOf } from "../tools/keyChange";
import { rememberedKeys } from "../tools/rememberedKeys";
import { reviewCommands } from "../tools/reviewCommands";
import { Workspace } from "../tools/workspace";
import "../styles/workspace.css";
import { effect } from "@preact/signals";
import { SliceViewer } from "../viewer/sliceViewer";
import type { ImageViewer } from "../viewer/types";
import { testHandle } from "./testHandle";
import { followWorkspace, viewerEvents } from "./viewerLink";

function browserStorage(): Storage | null {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}

function readBoot(): Boot {
  return parseBoot(document.getElementById("boot")?.textContent ?? "null");
}

function start(root: HTMLElement, boot: Boot): void {
  const storage = browserStorage();
  const store = new AnnotationStore(boot);
  const toasts = new Toasts();
  const timings = new ClickTimings();
  // Slices may only come in once the socket is started, when the viewer is there.
  const viewer: { current: ImageViewer | null } = { current: null };
  const session = new LiveSession({
    store,
    outbox: new Outbox(`${boot.user.id}.${boot.annotation.id}`, storage),
    toasts,
    timings,
    url: socketAddress(boot.urls.socket, window.location),
    onFrames: (frames) => viewer.current?.applyFrames(frames),
  });
  const workspace = new Workspace({ store, session, toasts, storage });
  const keymap = rememberedKeys(storage, boot.user.id);
  const review = new ReviewStore(boot.annotation.id, reviewApi, toasts);
  const viewerHost = createRef<HTMLDivElement>();
  render(
    <PanelProvider value={{ workspace, keymap, review, keyChange: keyChangeOf(keymap) }}>
      <WorkspaceLayout viewerHost={viewerHost} />
    </PanelProvider>,
    root,
  );
  viewer.current = new SliceViewer(
    viewerHost.current as HTMLDivElement,
    { ...boot.volume, voxelsUrl: boot.urls.voxels },
    boot.annotation.axis,
    viewerEvents(workspace, timings),
  );
  followWorkspace(viewer.current, workspace, review);
  listenToKeys(keymap, new Map([...commandsOf(workspace), ...reviewCommands(review, workspace)]));
  effect(() => {
    store.workflow.value;
    void review.refresh();
  });
  effect(() => session.showSlices([workspace.slice.value]));
  effect(() => session.lookAt({ at: workspace.crosshair.value, pointer: workspace.pointer.value }));
  for (const touch of ["pointerdown", "wheel"]) {
    viewerHost.current?.addEventListener(touch, () => workspace.following.stop(), { capture: true, passive: true });
  }
  window.s2v = testHandle({ store, session, timings, viewer: viewer.current });
  session.start();
}

function sayFailure(root: HTMLElement, error: Error): void {
  console.error(error);
  render(
    <div class="start-failure" role="alert">
      <p>The workspace could not be started: {error.message}</p>
      <p>
        <a href="/">Back to the projects</a>
      </p>
    </div>,
    root,
  );
}

const root = document.getElementById("app");
if (root) {
  try {
    start(root, readBoot());
  } catch (error) {
    sayFailure(root, error as Error);
  }
}
