import type { RefObject } from "preact";
import { DisplayPanel } from "./DisplayPanel";
import { LabelPanel } from "./LabelPanel";
import { OperationPanel } from "./OperationPanel";
import { PaintPanel } from "./PaintPanel";
import { FollowFrame } from "./People";
import { PromptPanel } from "./PromptPanel";
import { ReviewPanel } from "./ReviewPanel";
import { ShortcutSheet } from "./ShortcutSheet";
import { SliceRibbon } from "./SliceRibbon";
import { StatusLine } from "./StatusLine";
import { ToastList } from "./Toasts";
import { TopBar } from "./TopBar";
import { TourGuide } from "./TourGuide";
import { ViewBar } from "./ViewBar";

/** The frame of the workspace. The viewer draws into `viewerHost`; everything around it is panels. */
export function WorkspaceLayout({ viewerHost }: { viewerHost: RefObject<HTMLDivElement | null> }) {
  return (
    <div class="workspace">
      <TopBar />
      <aside class="side" aria-label="Tools">
        <LabelPanel />
        <PaintPanel />
        <PromptPanel />
        <OperationPanel />
        <DisplayPanel />
      </aside>
      <ViewBar />
      <main class="stage">
        <div ref={viewerHost} class="viewer-host" />
        <FollowFrame />
        <ReviewPanel />
        <ToastList />
      </main>
      <SliceRibbon />
      <StatusLine />
      <ShortcutSheet />
      <TourGuide />
    </div>
  );
}
