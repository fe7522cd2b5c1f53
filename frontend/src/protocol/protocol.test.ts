import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Malformed } from "./parse";
import { type ClientMessage, decodeFrames, encodeClientMessage, parseServerMessage } from "./protocol";
import { decodeRuns, encodeRuns } from "./runLength";

interface FrameMeaning {
  confidence: [number, number][];
  runs: [number, number][];
  trust: number;
  [field: string]: unknown;
}
interface Fixtures {
  messages: { name: string; message: unknown; hex: string; frames: FrameMeaning[] }[];
  refused: { name: string; message: unknown; hex: string }[];
}

function fixtures(file: string): Fixtures {
  const place = new URL(`../../../tests/contract/${file}`, import.meta.url);
  return JSON.parse(readFileSync(place, "utf8")) as Fixtures;
}

function bytes(hex: string): ArrayBuffer {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)).buffer;
}

describe("what the server says", () => {
  const { messages, refused } = fixtures("server_messages.json");

  test.each(messages)("$name is understood and nothing of it is lost", ({ message }) => {
    expect(parseServerMessage(JSON.stringify(message))).toEqual(message);
  });

  test.each(refused)("$name is refused", ({ message }) => {
    expect(() => parseServerMessage(JSON.stringify(message))).toThrow(Malformed);
  });

  test.each(["click!", "null", "[]", "3", '{"type":"toString"}'])("%s is refused", (source) => {
    expect(() => parseServerMessage(source)).toThrow(Malformed);
  });
});

describe("what the client says", () => {
  const { messages } = fixtures("client_accepted.json");

  test.each(messages)("$name is sent in the words that the server takes", ({ message }) => {
    expect(JSON.parse(encodeClientMessage(message as ClientMessage))).toEqual(message);
  });
});

describe("slices", () => {
  const { messages, refused } = fixtures("frames.json");
  const levels = ["model", "prompted", "painted", "interpolated", "reviewed"];

  test.each(messages)("$name is decoded to what the server meant", ({ hex, frames }) => {
    const decoded = decodeFrames(bytes(hex));
    expect(decoded.length).toBe(frames.length);
    frames.forEach(({ runs, trust, ...rest }, place) => {
      expect(decoded[place]).toMatchObject({ ...rest, trust: levels[trust] });
      expect([...(decoded[place]?.labels ?? [])]).toEqual(runs.flatMap(([value, length]) => Array(length).fill(value)));
    });
  });

  test.each(refused)("$name is refused", ({ hex }) => {
    expect(() => decodeFrames(bytes(hex))).toThrow(Malformed);
  });
});

describe("run lengths", () => {
  test("by hand: three 7s and 200 zeros", () => {
    const labels = new Uint8Array(203);
    labels.fill(7, 0, 3);
    expect([...encodeRuns(labels)]).toEqual([7, 3, 0, 0xc8, 0x01]);
  });

  test.each([0, 1, 127, 128, 16383, 16384, 70000])("%i voxels come back as they were", (length) => {
    const labels = Uint8Array.from({ length }, (_, index) => ((index * index) % 5) >> 1);
    expect(decodeRuns(encodeRuns(labels), length)).toEqual(labels);
  });
});
