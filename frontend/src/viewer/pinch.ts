/** Two fingers move and zoom, whatever tool is in hand; what the first finger had begun is forgotten. */

export interface PinchHandlers {
  /** The first finger's click or stroke is not meant. */
  cancel(): void;
  /** Page px from the host's corner: the middle of both fingers, how far it moved, and how far they went apart. */
  pinch(x: number, y: number, dx: number, dy: number, factor: number): void;
}

interface Place {
  readonly x: number;
  readonly y: number;
}

export function listenToPinches(host: HTMLElement, signal: AbortSignal, handlers: PinchHandlers): void {
  const fingers = new Map<number, Place>();
  /** From the second finger on until all are gone nothing else hears of them. */
  let pinching = false;
  const place = (event: PointerEvent): Place => {
    const box = host.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const on = (
    type: "pointerdown" | "pointermove" | "pointerup" | "pointercancel",
    act: (event: PointerEvent) => void,
  ) =>
    host.addEventListener(
      type,
      (event) => {
        if (event.pointerType === "touch" && event.isTrusted) act(event);
      },
      { signal, capture: true },
    );

  on("pointerdown", (event) => {
    fingers.set(event.pointerId, place(event));
    if (fingers.size === 2 && !pinching) {
      pinching = true;
      // Whoever listens to the first finger is told that it is gone.
      const [first] = fingers.keys();
      event.target?.dispatchEvent(new PointerEvent("pointercancel", { pointerId: first ?? 0, bubbles: true }));
      handlers.cancel();
    }
    if (pinching) event.stopPropagation();
  });
  on("pointermove", (event) => {
    if (!pinching) {
      if (fingers.has(event.pointerId)) fingers.set(event.pointerId, place(event));
      return;
    }
    event.stopPropagation();
    const before = spanOf(fingers);
    fingers.set(event.pointerId, place(event));
    const after = spanOf(fingers);
    if (!before || !after) return;
    const factor = before.apart > 0 ? after.apart / before.apart : 1;
    handlers.pinch(after.x, after.y, after.x - before.x, after.y - before.y, factor);
  });
  const lift = (event: PointerEvent) => {
    fingers.delete(event.pointerId);
    if (pinching) event.stopPropagation();
    if (fingers.size === 0) pinching = false;
  };
  on("pointerup", lift);
  on("pointercancel", lift);
}

/** The middle of the first two fingers and their distance. */
function spanOf(fingers: ReadonlyMap<number, Place>): (Place & { readonly apart: number }) | null {
  const [a, b] = [...fingers.values()];
  if (!a || !b) return null;
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, apart: Math.hypot(a.x - b.x, a.y - b.y) };
}
