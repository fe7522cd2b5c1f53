import { useWorkspace } from "./context";
import { Icon } from "./icons";

export function ToastList() {
  const { toasts } = useWorkspace();
  return (
    <div class="toasts" role="log" aria-live="polite">
      {toasts.shown.value.map((toast) => (
        <div key={toast.id} class={`toast is-${toast.tone}`}>
          <span>{toast.sentence}</span>
          <button
            type="button"
            class="icon-button is-small"
            aria-label="Dismiss"
            onClick={() => toasts.dismiss(toast.id)}
          >
            <Icon name="close" size={12} />
          </button>
        </div>
      ))}
    </div>
  );
}
