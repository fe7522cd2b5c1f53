/**
 * Mouse, pen and touch on the canvas, in words of the viewer.
 *
 * Left click: point (with Ctrl, Cmd or Alt, or the right button: the opposite). Left or middle drag: pan. Right
 * drag: window and level. While a drawing tool is active a left or right drag draws; the middle button still pans and
 * Ctrl with the right button still changes the window. Shift and drag: crosshair. Wheel: slices; Ctrl and wheel: zoom.
 * Double click with Shift, or on a plane's name: enlarge it.
 */

export interface GestureHandlers {
  point(x: number, y: number, inverted: boolean): void;
  /** Whether a drag draws. */
  draws(): boolean;
  strokeStart(x: number, y: number, inverted: boolean): void;
  stroke(x: number, y: number): void;
  /** `lost` where the system took the pointer away. */
  strokeEnd(lost: boolean): void;
  crosshair(x: number, y: number): void;
  pan(x: number, y: number, dx: number, dy: number): void;
  window(dx: number, dy: number): void;
  slices(x: number, y: number, by: number): void;
  zoom(x: number, y: number, factor: number): void;
  enlarge(x: number, y: number): void;
  hover(x: number, y: number): void;
}

const CLICK_PX = 4;
const WHEEL_PX_PER_SLICE = 40;

type Mode = "undecided" | "pan" | "window" | "crosshair" | "stroke";

function modeOfDrag(button: number, event: PointerEvent, handlers: GestureHandlers): Mode {
  if (button === 1) return "pan";
  if (!handlers.draws()) return button === 2 ? "window" : "pan";
  return button === 2 && (event.ctrlKey || event.metaKey) ? "window" : "stroke";
}

function isInverted(button: number, event: PointerEvent): boolean {
  return button === 2 || event.ctrlKey || event.altKey || event.metaKey;
}

/** All places since the last event: a fast pointer moves more often than the page is told. */
function passedBy(event: PointerEvent): readonly PointerEvent[] {
  const coalesced = event.getCoalescedEvents?.() ?? [];
  return coalesced.length > 0 ? coalesced : [event];
}

export function listenToGestures(target: HTMLElement, handlers: GestureHandlers): () => void {
  const ends = new AbortController();
  const on = <K extends keyof HTMLElementEventMap>(type: K, act: (event: HTMLElementEventMap[K]) => void) =>
    target.addEventListener(type, act, { signal: ends.signal, passive: false });
  const place = (event: MouseEvent): [number, number] => {
    const box = target.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  let drag: { mode: Mode; button: number; start: [number, number]; last: [number, number] } | null = null;

  on("contextmenu", (event) => event.preventDefault());
  on("pointerdown", (event) => {
    const here = place(event);
    target.setPointerCapture(event.pointerId);
    const mode: Mode = event.shiftKey ? "crosshair" : event.button === 1 ? "pan" : "undecided";
    drag = { mode, button: event.button, start: here, last: here };
    if (mode === "crosshair") handlers.crosshair(...here);
    if (event.button === 1) event.preventDefault();
  });
  on("pointermove", (event) => {
    const here = place(event);
    if (!drag) return handlers.hover(...here);
    if (drag.mode === "undecided" && Math.hypot(here[0] - drag.start[0], here[1] - drag.start[1]) > CLICK_PX) {
      drag.mode = modeOfDrag(drag.button, event, handlers);
      if (drag.mode === "stroke") handlers.strokeStart(...drag.start, isInverted(drag.button, event));
    }
    const [dx, dy] = [here[0] - drag.last[0], here[1] - drag.last[1]];
    if (drag.mode === "pan") handlers.pan(...drag.start, dx, dy);
    if (drag.mode === "window") handlers.window(dx, dy);
    if (drag.mode === "crosshair") handlers.crosshair(...here);
    if (drag.mode === "stroke") for (const passed of passedBy(event)) handlers.stroke(...place(passed));
    if (drag.mode !== "undecided") drag.last = here;
  });
  on("pointerup", (event) => {
    const ended = drag;
    drag = null;
    if (ended?.mode === "stroke") handlers.strokeEnd(false);
    if (ended?.mode !== "undecided") return;
    const inverted = isInverted(ended.button, event);
    if (ended.button === 0 || ended.button === 2) handlers.point(...ended.start, inverted);
  });
  on("pointercancel", () => {
    if (drag?.mode === "stroke") handlers.strokeEnd(true);
    drag = null;
  });
  on("dblclick", (event) => {
    if (event.shiftKey) handlers.enlarge(...place(event));
  });
  let turned = 0;
  on("wheel", (event) => {
    event.preventDefault();
    const here = place(event);
    if (event.ctrlKey || event.metaKey) return handlers.zoom(...here, Math.exp(-event.deltaY / 300));
    const px = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * WHEEL_PX_PER_SLICE : event.deltaY;
    // A notch of a wheel is one slice, however far the system says it went; a touchpad adds up.
    const notch = Math.abs(px) >= WHEEL_PX_PER_SLICE;
    turned = notch ? 0 : turned + px;
    const by = notch ? Math.sign(px) : Math.trunc(turned / WHEEL_PX_PER_SLICE);
    turned -= notch ? 0 : by * WHEEL_PX_PER_SLICE;
    if (by !== 0) handlers.slices(...here, by);
  });
  return () => ends.abort();
}
