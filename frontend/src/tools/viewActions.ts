/** What the views can do by key: their names, keys and commands. */

import type { ActionDescription } from "./keymap";
import type { ViewSettings, ViewStyle } from "./viewSettings";

function view(says: string, ...keys: string[]): ActionDescription {
  return { group: "Views", says, keys };
}

export const VIEW_ACTIONS: Readonly<Record<string, ActionDescription>> = {
  "layout.next": view("Next layout: three planes, with 3D, one alone", "f"),
  "layout.one": view("One pane alone", "F6"),
  "layout.three": view("Three planes", "F7"),
  "layout.four": view("Three planes and 3D", "F8"),
  "layout.large": view("Another pane large", "Shift+v"),
  "zoom.linked": view("Zoom all planes together, or each by itself", "Shift+z"),
  "crosshair.toggle": view("Hide or show the crosshair", "Shift+x"),
  "colours.next": view("Next colour map", "c"),
  "masks.outlined": view("Labels filled or as outlines", "o"),
  "slab.thicker": view("Thicker slab", "Shift+ArrowUp"),
  "slab.thinner": view("Thinner slab", "Shift+ArrowDown"),
  "slab.next": view("Slab: brightest, mean or darkest", "Shift+s"),
  "solid.next": view("3D: the labels, the brightest of the image, or an oblique slice", "Shift+d"),
  "solid.left": view("Turn 3D to the left", "Ctrl+ArrowLeft"),
  "solid.right": view("Turn 3D to the right", "Ctrl+ArrowRight"),
  "solid.up": view("Turn 3D upwards", "Ctrl+ArrowUp"),
  "solid.down": view("Turn 3D downwards", "Ctrl+ArrowDown"),
  "zoom.in": view("Zoom in on the crosshair", "]"),
  "zoom.out": view("Zoom out", "["),
  "world.toggle": view("Coordinates as RAS or LPS", "Shift+r"),
  theme: view("Light or dark", "Shift+t"),
  "measure.ruler": view("Ruler, in millimetres", "m"),
  "measure.angle": view("Angle, by three clicks", "Shift+m"),
  "measure.clear": view("Remove all measurements", "Shift+Delete"),
};

/** A twelfth of a half turn. */
const TURN = Math.PI / 12;
const ZOOM = 1.25;

type Switch = "linkedZoom" | "crosshair" | "outlined";

export function viewCommands(settings: ViewSettings): [string, () => void][] {
  const toggle = (name: Switch) => () => settings.change({ [name]: !settings.style.value[name] });
  const layOut = (layout: ViewStyle["layout"]) => () => settings.change({ layout });
  return [
    ["layout.next", () => settings.stepLayout()],
    ["layout.one", layOut("one")],
    ["layout.three", layOut("three")],
    ["layout.four", layOut("four")],
    ["layout.large", () => settings.stepLarge()],
    ["zoom.linked", toggle("linkedZoom")],
    ["crosshair.toggle", toggle("crosshair")],
    ["colours.next", () => settings.stepColourMap()],
    ["masks.outlined", toggle("outlined")],
    ["slab.thicker", () => settings.stepThickness(1)],
    ["slab.thinner", () => settings.stepThickness(-1)],
    ["slab.next", () => settings.stepSlab()],
    ["solid.next", () => settings.stepSolid()],
    ["solid.left", () => settings.move({ yaw: -TURN, pitch: 0, zoom: 1 })],
    ["solid.right", () => settings.move({ yaw: TURN, pitch: 0, zoom: 1 })],
    ["solid.up", () => settings.move({ yaw: 0, pitch: -TURN, zoom: 1 })],
    ["solid.down", () => settings.move({ yaw: 0, pitch: TURN, zoom: 1 })],
    ["zoom.in", () => settings.move({ yaw: 0, pitch: 0, zoom: ZOOM })],
    ["zoom.out", () => settings.move({ yaw: 0, pitch: 0, zoom: 1 / ZOOM })],
    ["world.toggle", () => settings.change({ world: settings.style.value.world === "RAS" ? "LPS" : "RAS" })],
    ["measure.ruler", () => settings.toggleMeasuring("ruler")],
    ["measure.angle", () => settings.toggleMeasuring("angle")],
    [
      "measure.clear",
      () => {
        settings.measurementsCleared.value++;
      },
    ],
  ];
}
