import type { Signal } from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { ReviewStore } from "../store/review";
import type { KeyChange } from "../tools/keyChange";
import type { KeyMap } from "../tools/keymap";
import type { Workspace } from "../tools/workspace";

export interface PanelContext {
  readonly workspace: Workspace;
  readonly keymap: KeyMap;
  readonly review: ReviewStore;
  /** The action that is being given another key. */
  readonly keyChange: Signal<KeyChange | null>;
}

const Context = createContext<PanelContext | null>(null);
export const PanelProvider = Context.Provider;

export function usePanels(): PanelContext {
  const context = useContext(Context);
  if (!context) throw new Error("A panel is shown outside the workspace.");
  return context;
}

export function useWorkspace(): Workspace {
  return usePanels().workspace;
}
