/** The elements of the viewer: the canvas of the graphics unit, the one drawn over it, and the read-out. */

export class Stage {
  readonly canvas = document.createElement("canvas");
  readonly overlay = document.createElement("canvas");
  readonly readout = document.createElement("div");

  constructor(readonly host: HTMLElement) {
    for (const canvas of [this.canvas, this.overlay]) {
      Object.assign(canvas.style, { position: "absolute", inset: "0", width: "100%", height: "100%" });
    }
    this.canvas.setAttribute("aria-hidden", "true");
    this.overlay.setAttribute("role", "img");
    this.overlay.setAttribute("aria-label", "Axial, coronal and sagittal slices with labels");
    Object.assign(this.overlay.style, { cursor: "crosshair", touchAction: "none" });
    this.readout.className = "viewer-readout";
    host.replaceChildren(this.canvas, this.overlay, this.readout);
  }

  /** The graphics driver may take everything away and give an empty canvas back. */
  onLostContext(restore: () => void): void {
    this.canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
    this.canvas.addEventListener("webglcontextrestored", restore);
  }

  /** Canvas px in a px of the page. */
  get ratio(): number {
    return window.devicePixelRatio || 1;
  }

  get context(): CanvasRenderingContext2D {
    return this.overlay.getContext("2d") as CanvasRenderingContext2D;
  }

  /** Make the canvases as large as the host is on screen; returns their size in canvas px. */
  fit(): { width: number; height: number } {
    const width = Math.max(1, Math.round(this.host.clientWidth * this.ratio));
    const height = Math.max(1, Math.round(this.host.clientHeight * this.ratio));
    for (const canvas of [this.canvas, this.overlay]) {
      if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    }
    return { width, height };
  }

  /** A place on the canvas, in canvas px, as one of the page. */
  onPage({ x, y }: { x: number; y: number }): { x: number; y: number } {
    const box = this.overlay.getBoundingClientRect();
    return { x: box.left + x / this.ratio, y: box.top + y / this.ratio };
  }
}
