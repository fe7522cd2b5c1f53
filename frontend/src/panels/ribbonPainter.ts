/** Draws the slice ribbon on a 2D canvas. Lengths are CSS pixels. */

import type { Trust } from "../protocol/protocol";
import type { RibbonColumn, RibbonMark } from "./ribbonModel";

export const RIBBON_HEIGHT_PX = 58;
const MARKS_HEIGHT = 12;
const TRUST_HEIGHT = 6;
const LABELS_TOP = MARKS_HEIGHT + 1;
const LABELS_BOTTOM = RIBBON_HEIGHT_PX - TRUST_HEIGHT - 2;
const TALLEST_ROW = 12;
const FAINTEST = 0.3;

export interface RibbonPicture {
  readonly columns: readonly RibbonColumn[];
  readonly marks: readonly RibbonMark[];
  /** Label values with their colours, from top to bottom; hidden ones are left out. */
  readonly rows: readonly { readonly value: number; readonly colour: string }[];
  /** Slices that are locked. */
  readonly locked: ReadonlySet<number>;
  /** Where the others are, in their colours. */
  readonly others: readonly { readonly z: number; readonly colour: string }[];
  readonly current: number;
  readonly hovered: number | null;
}

export interface RibbonColours {
  readonly trust: Readonly<Record<Trust, string>>;
  readonly ground: string;
  readonly line: string;
  readonly current: string;
}

/** The style sheet's colours, so that a theme changes the ribbon too. */
export function ribbonColours(element: Element): RibbonColours {
  const probe = document.createElement("span");
  element.append(probe);
  const colour = (name: string) => {
    // The variable's own text may hold both themes; as a colour of something it is one of them.
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color || "#888888";
  };
  const colours = {
    trust: {
      model: colour("--trust-model"),
      prompted: colour("--trust-prompted"),
      painted: colour("--trust-painted"),
      interpolated: colour("--trust-interpolated"),
      reviewed: colour("--trust-reviewed"),
    },
    ground: colour("--ribbon-ground"),
    line: colour("--line"),
    current: colour("--text-strong"),
  };
  probe.remove();
  return colours;
}

export function paintRibbon(
  context: CanvasRenderingContext2D,
  width: number,
  picture: RibbonPicture,
  colours: RibbonColours,
): void {
  context.clearRect(0, 0, width, RIBBON_HEIGHT_PX);
  const step = width / Math.max(1, picture.columns.length);
  context.fillStyle = colours.ground;
  context.fillRect(0, LABELS_TOP, width, LABELS_BOTTOM - LABELS_TOP);
  paintTrust(context, step, picture, colours);
  paintPresence(context, step, picture);
  paintMarks(context, step, picture);
  paintLocks(context, step, picture, colours);
  for (const { z, colour } of picture.others) paintPosition(context, step, z, colour);
  if (picture.hovered !== null) paintPosition(context, step, picture.hovered, colours.line);
  paintPosition(context, step, picture.current, colours.current);
}

/** Neighbouring columns share an edge: widths are rounded to whole pixels from their own ends. */
function edges(step: number, column: number): [left: number, width: number] {
  const left = Math.round(column * step);
  return [left, Math.max(1, Math.round((column + 1) * step) - left)];
}

function paintTrust(
  context: CanvasRenderingContext2D,
  step: number,
  { columns }: RibbonPicture,
  colours: RibbonColours,
): void {
  columns.forEach((column, z) => {
    const [left, width] = edges(step, z);
    context.globalAlpha = column.trust === null ? 1 : column.fresh ? 1 : 0.45;
    context.fillStyle = column.trust === null ? colours.ground : colours.trust[column.trust];
    context.fillRect(left, RIBBON_HEIGHT_PX - TRUST_HEIGHT, width, TRUST_HEIGHT);
  });
  context.globalAlpha = 1;
}

/** A bar where a label is present; the surer the model, the stronger. */
function paintPresence(context: CanvasRenderingContext2D, step: number, { columns, rows }: RibbonPicture): void {
  const height = Math.min(TALLEST_ROW, (LABELS_BOTTOM - LABELS_TOP) / Math.max(1, rows.length));
  rows.forEach(({ value, colour }, place) => {
    context.fillStyle = colour;
    const top = LABELS_TOP + place * height;
    columns.forEach(({ present }, z) => {
      const sure = present.get(value);
      if (sure === undefined) return;
      const [left, width] = edges(step, z);
      context.globalAlpha = FAINTEST + (1 - FAINTEST) * sure;
      context.fillRect(left, top + 1, width, Math.max(1, height - 2));
    });
  });
  context.globalAlpha = 1;
}

/** A frame around the column of a locked slice. */
function paintLocks(
  context: CanvasRenderingContext2D,
  step: number,
  { locked }: RibbonPicture,
  { current }: RibbonColours,
): void {
  context.fillStyle = current;
  for (const z of locked) {
    const [left, width] = edges(step, z);
    const wide = Math.max(3, width);
    context.fillRect(left, LABELS_TOP, wide, 2);
    context.fillRect(left, LABELS_BOTTOM - 2, wide, 2);
    if (width < 4) continue;
    context.fillRect(left, LABELS_TOP, 1, LABELS_BOTTOM - LABELS_TOP);
    context.fillRect(left + width - 1, LABELS_TOP, 1, LABELS_BOTTOM - LABELS_TOP);
  }
}

function paintMarks(context: CanvasRenderingContext2D, step: number, { marks, rows }: RibbonPicture): void {
  const colourOf = new Map(rows.map(({ value, colour }) => [value, colour]));
  for (const { z, label, positive } of marks) {
    const colour = colourOf.get(label);
    if (colour === undefined) continue;
    const x = (z + 0.5) * step;
    context.beginPath();
    context.moveTo(x - 4, 2);
    context.lineTo(x + 4, 2);
    context.lineTo(x, MARKS_HEIGHT - 2);
    context.closePath();
    context.lineWidth = 1.5;
    context.strokeStyle = colour;
    context.fillStyle = colour;
    if (positive) context.fill();
    context.stroke();
  }
}

function paintPosition(context: CanvasRenderingContext2D, step: number, z: number, colour: string): void {
  const middle = Math.round((z + 0.5) * step);
  context.fillStyle = colour;
  context.fillRect(middle - 1, 0, 2, RIBBON_HEIGHT_PX);
}
