/** Pictures of one slice beside each other: the slider, the keys and the chart below choose which slice. */
export function wireSlicePictures(part: HTMLElement): void {
  const slider = part.querySelector<HTMLInputElement>("[data-slice]");
  const chart = part.querySelector<SVGSVGElement>("[data-slice-chart]");
  if (!slider || !chart) return;
  const count = Number(slider.max) + 1;
  const show = (wanted: number): void => {
    const z = Math.min(Math.max(wanted, 0), count - 1);
    slider.value = String(z);
    turn(part, chart, z, count);
  };
  slider.addEventListener("input", () => show(Number(slider.value)));
  chart.addEventListener("click", (event) => show(sliceAt(chart.getBoundingClientRect(), event.clientX, count)));
  part.addEventListener(
    "wheel",
    (event) => {
      if (!(event.target instanceof HTMLImageElement)) return;
      event.preventDefault();
      show(Number(slider.value) + Math.sign(event.deltaY));
    },
    { passive: false },
  );
  for (const link of part.ownerDocument.querySelectorAll<HTMLElement>("[data-shows-slice]"))
    link.addEventListener("click", () => show(Number(link.dataset.showsSlice)));
  mark(chart, Number(slider.value), count);
}

/** Which of `count` slices lies under a place of the chart. */
export function sliceAt(box: { left: number; width: number }, x: number, count: number): number {
  return Math.min(Math.max(Math.floor(((x - box.left) / box.width) * count), 0), count - 1);
}

function turn(part: HTMLElement, chart: SVGSVGElement, z: number, count: number): void {
  for (const picture of part.querySelectorAll<HTMLImageElement>("[data-picture]"))
    picture.src = (picture.dataset.picture ?? "").replace("{z}", String(z));
  const said = part.querySelector("output");
  if (said) said.textContent = `${z + 1} / ${count}`;
  mark(chart, z, count);
}

function mark(chart: SVGSVGElement, z: number, count: number): void {
  const x = String(((z + 0.5) / count) * chart.viewBox.baseVal.width);
  const line = chart.querySelector("[data-here]");
  line?.setAttribute("x1", x);
  line?.setAttribute("x2", x);
}
