import { useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { keyCaps } from "../tools/keymap";
import { TOUR, type TourStep } from "../tools/tour";
import { usePanels, useWorkspace } from "./context";
import { Icon } from "./icons";

const WIDTH_PX = 320;
const GAP_PX = 12;

/** In the bar at the top, for who has not taken the tour: to take it, or never to be asked again. */
export function TourOffer() {
  const { tour } = useWorkspace();
  if (!tour.offered.value) return null;
  return (
    <span class="tour-offer">
      <button type="button" class="button is-small" onClick={() => tour.start()}>
        Two-minute tour
      </button>
      <button
        type="button"
        class="icon-button is-small"
        title="No tour"
        aria-label="No tour, thank you"
        onClick={() => tour.end()}
      >
        <Icon name="close" size={12} />
      </button>
    </span>
  );
}

export function TourGuide() {
  const { tour } = useWorkspace();
  const place = tour.place.value;
  const step = place === null ? undefined : TOUR[place];
  return step ? <Step key={place} step={step} place={place as number} /> : null;
}

function Step({ step, place }: { step: TourStep; place: number }) {
  const { tour } = useWorkspace();
  const { keymap } = usePanels();
  const box = useTarget(step.at);
  const next = useRef<HTMLButtonElement>(null);
  useGoingOn(step);
  useEffect(() => next.current?.focus(), []);
  const key = step.action && keymap.keysOf(step.action)[0];
  return (
    <>
      <div class="tour-ring" style={ringStyle(box)} aria-hidden="true" />
      <div class="tour-step" role="dialog" aria-label={`Tour: ${step.title}`} style={stepStyle(box)}>
        <h2>{step.title}</h2>
        <p>
          {step.says}
          {key && (
            <>
              {" "}
              Key: <kbd>{keyCaps(key).join("+")}</kbd>
            </>
          )}
        </p>
        <div class="tour-buttons">
          <span class="quiet">
            {place + 1} / {TOUR.length}
          </span>
          <span class="topbar-space" />
          <button type="button" class="button is-small" onClick={() => tour.end()}>
            Leave
          </button>
          {place > 0 && (
            <button type="button" class="button is-small" onClick={() => tour.step(-1)}>
              Back
            </button>
          )}
          <button ref={next} type="button" class="button is-small primary" onClick={() => tour.step(1)}>
            {place + 1 < TOUR.length ? "Next" : "Done"}
          </button>
        </div>
      </div>
    </>
  );
}

/** Where on the page the step's subject is, now and after the window has changed. */
function useTarget(selector: string): DOMRect {
  const found = () => document.querySelector(selector)?.getBoundingClientRect() ?? new DOMRect(0, 0, 0, 0);
  const box = useSignal(found());
  useEffect(() => {
    const look = () => {
      box.value = found();
    };
    window.addEventListener("resize", look);
    return () => window.removeEventListener("resize", look);
  }, []);
  return box.value;
}

/** Goes on when the person has done what the step asks for. */
function useGoingOn({ until }: TourStep): void {
  const { tour, store, slice, view } = useWorkspace();
  const now = () => {
    if (until === "prompts") return store.prompts.value.length + store.pendingPrompts.value.length;
    return until === "slice" ? slice.value : view.style.value.layout;
  };
  const first = useRef(now());
  useSignalEffect(() => {
    if (!until || now() === first.current) return;
    const soon = setTimeout(() => tour.step(1), until === "slice" ? 2500 : 1200);
    return () => clearTimeout(soon);
  });
}

function ringStyle(box: DOMRect) {
  return { left: `${box.left}px`, top: `${box.top}px`, width: `${box.width}px`, height: `${box.height}px` };
}

/** Beside what is narrow, under what is at the top, over what is at the bottom, in the corner of what is large. */
function stepStyle(box: DOMRect) {
  const within = (left: number) => `${Math.max(GAP_PX, Math.min(window.innerWidth - WIDTH_PX - GAP_PX, left))}px`;
  if (box.height > window.innerHeight / 2) return { left: within(box.left + GAP_PX), top: `${box.top + 40}px` };
  if (box.top > window.innerHeight / 2) {
    return { left: within(box.left + GAP_PX), bottom: `${window.innerHeight - box.top + GAP_PX}px` };
  }
  if (box.width < 400 && box.height > 60) return { left: within(box.right + GAP_PX), top: `${box.top}px` };
  return { left: within(box.left), top: `${box.bottom + GAP_PX}px` };
}
