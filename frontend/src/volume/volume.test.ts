import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { LabelVolume } from "./labelVolume";
import { loadVoxels, slabsAround, takeNearest } from "./voxelLoader";

describe("LabelVolume", () => {
  it("puts the box of a slice where it belongs along each axis", () => {
    const slice = { z: 1, row0: 1, col0: 0, rows: 1, cols: 2, labels: Uint8Array.of(7, 8) };
    const alongZ = new LabelVolume([2, 3, 4]);
    alongZ.apply(0, slice);
    expect([alongZ.at([1, 1, 0]), alongZ.at([1, 1, 1])]).toEqual([7, 8]);
    const alongY = new LabelVolume([2, 3, 4]);
    alongY.apply(1, slice);
    expect([alongY.at([1, 1, 0]), alongY.at([1, 1, 1])]).toEqual([7, 8]);
    const alongX = new LabelVolume([2, 3, 4]);
    alongX.apply(2, slice);
    expect([alongX.at([1, 0, 1]), alongX.at([1, 1, 1])]).toEqual([7, 8]);
  });

  it("clears what the slice held before and leaves its neighbours alone", () => {
    const volume = new LabelVolume([3, 2, 2]);
    const full = (z: number) => ({ z, row0: 0, col0: 0, rows: 2, cols: 2, labels: Uint8Array.of(1, 1, 1, 1) });
    volume.apply(0, full(0));
    volume.apply(0, full(1));
    volume.apply(0, { z: 1, row0: 0, col0: 0, rows: 0, cols: 0, labels: new Uint8Array() });
    expect([...volume.data]).toEqual([1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
  });

  it("packs a box tightly for the graphics unit", () => {
    const volume = new LabelVolume([2, 2, 3]);
    volume.data.set([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect([...volume.packed({ low: [1, 0, 1], high: [2, 2, 3] })]).toEqual([7, 8, 10, 11]);
  });
});

describe("slabsAround", () => {
  it("begins with a thin slab on screen and covers every slice once", () => {
    for (const first of [0, 1, 30, 58, 59]) {
      const slabs = slabsAround(60, 512 << 10, first);
      const [start, stop] = slabs[0] as [number, number];
      expect([stop - start, start <= first && first < stop]).toEqual([2, true]);
      const covered = slabs.flatMap(([from, to]) => Array.from({ length: to - from }, (_, i) => from + i));
      expect(covered.sort((a, b) => a - b)).toEqual([...Array(60).keys()]);
    }
  });

  it("loads what is looked at first, also when one has gone elsewhere", () => {
    const waiting = slabsAround(60, 512 << 10, 30);
    expect(takeNearest(waiting, 30)).toEqual([29, 31]);
    expect(takeNearest(waiting, 31)).toEqual([31, 39]);
    expect(takeNearest(waiting, 3)).toEqual([0, 5]);
    expect(takeNearest([], 3)).toBeUndefined();
  });
});

describe("loadVoxels", () => {
  it("brings all slabs of a real server, and tries again after a failure", async () => {
    let refused = 0;
    const server = createServer((request, response) => {
      const query = new URL(request.url ?? "", "http://localhost").searchParams;
      if (refused++ === 0) return void response.writeHead(503).end();
      const [start, stop] = [Number(query.get("start")), Number(query.get("stop"))];
      const values = Int16Array.from({ length: (stop - start) * 4 }, (_, i) => start + Math.floor(i / 4) - 2);
      response.end(Buffer.from(values.buffer));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/voxels`;
    const seen = new Map<number, number>();
    await loadVoxels({
      url,
      shape: [3, 2, 2],
      onScreen: () => 1,
      signal: new AbortController().signal,
      onSlab: ({ start, voxels }) => {
        for (const [index, value] of voxels.entries()) seen.set(start + Math.floor(index / 4), value);
      },
    });
    server.close();
    expect(seen).toEqual(new Map([0, 1, 2].map((z) => [z, z - 2])));
  });
});
