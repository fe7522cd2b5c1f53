import { keyCaps } from "../tools/keymap";
import { usePanels } from "./context";

/** Says what a control does and by which key, as its tooltip. */
export function useHint(): (says: string, action: string) => string {
  const { keymap } = usePanels();
  return (says, action) => {
    const key = keymap.keysOf(action)[0];
    return key ? `${says} — ${keyCaps(key).join("+")}` : says;
  };
}
