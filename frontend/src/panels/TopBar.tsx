import { switchTheme } from "../store/theme";
import { useWorkspace } from "./context";
import { useHint } from "./hint";
import { Icon, type IconName } from "./icons";
import { People } from "./People";
import { ReviewButton } from "./ReviewPanel";
import { TourOffer } from "./TourGuide";

const SAVE_WORDS = { saved: "All saved", saving: "Saving…", waiting: "Waiting to send" } as const;

export function TopBar() {
  const { store } = useWorkspace();
  const { project, case: openCase, urls } = store.boot;
  return (
    <header class="topbar">
      <a class="topbar-home" href="/" title="All projects">
        S2V
      </a>
      <nav class="crumbs" aria-label="Where you are">
        <a href={urls.project}>{project.name}</a>
        <span aria-hidden="true">/</span>
        <h1>{openCase.name}</h1>
      </nav>
      <div class="topbar-group">
        <HistoryButton action="undo" icon="undo" says="Undo my last edit" />
        <HistoryButton action="redo" icon="redo" says="Redo" />
        <a
          class="icon-button"
          href={`/annotations/${store.boot.annotation.id}/history/`}
          title="Who did what when; versions to compare and to restore"
          aria-label="History"
        >
          <Icon name="history" />
        </a>
      </div>
      <span class="topbar-space" />
      <TourOffer />
      <SaveState />
      <People />
      <ReviewButton />
      {urls.bring_labels && (
        <a class="button" href={urls.bring_labels} title="Go on with labels that were made elsewhere">
          Bring labels
        </a>
      )}
      {urls.export && (
        <a class="button" href={urls.export} download title="Download the label map as NIfTI on the image's own grid">
          <Icon name="download" /> Export
        </a>
      )}
      <ThemeButton />
      <HelpButton />
    </header>
  );
}

function HistoryButton({ action, icon, says }: { action: "undo" | "redo"; icon: IconName; says: string }) {
  const workspace = useWorkspace();
  const hint = useHint();
  const { store } = workspace;
  const count = action === "undo" ? store.undoable.value : store.redoable.value;
  return (
    <button
      type="button"
      class="icon-button"
      disabled={count === 0}
      title={hint(`${says}${count > 0 ? ` (${count})` : ""}`, action)}
      aria-label={says}
      onClick={() => workspace[action]()}
    >
      <Icon name={icon} />
    </button>
  );
}

function SaveState() {
  const { store } = useWorkspace();
  const state = store.saveState.value;
  const open = store.unacknowledged.value;
  return (
    <span class={`save-state is-${state}`} role="status" data-save-state={state}>
      {state === "saved" ? <Icon name="check" size={14} /> : <span class="pulse" aria-hidden="true" />}
      {SAVE_WORDS[state]}
      {state === "waiting" && ` (${open})`}
    </span>
  );
}

function ThemeButton() {
  const hint = useHint();
  return (
    <button
      type="button"
      class="icon-button"
      title={hint("Light or dark", "theme")}
      aria-label="Light or dark"
      onClick={switchTheme}
    >
      <Icon name="theme" />
    </button>
  );
}

function HelpButton() {
  const { helpOpen } = useWorkspace();
  const hint = useHint();
  return (
    <button
      type="button"
      class="icon-button"
      title={hint("Keyboard shortcuts", "help")}
      aria-label="Keyboard shortcuts"
      aria-expanded={helpOpen.value}
      onClick={() => {
        helpOpen.value = !helpOpen.value;
      }}
    >
      <Icon name="help" />
    </button>
  );
}
