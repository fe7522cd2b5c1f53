import type { Boot } from "../protocol/boot";
import type { ImageViewer, ImageViewerEvents } from "./imageViewer";

export function openImageViewer(_host: HTMLElement, _boot: Boot, _events: ImageViewerEvents): ImageViewer {
  throw new Error("The image viewer is not part of this build.");
}
