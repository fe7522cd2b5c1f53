import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Outbox } from "../protocol/outbox";
import type { Frame } from "../protocol/protocol";
import { AnnotationStore } from "./annotationStore";
import { LiveSession } from "./liveSession";
import { BOOT, state } from "./testing";
import { ClickTimings } from "./timings";
import { Toasts } from "./toasts";

/** The browser's end of a socket, whose other end the test plays. */
class FakeSocket {
  readyState = 0;
  binaryType = "";
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  readonly sent: Record<string, unknown>[] = [];

  send(text: string): void {
    this.sent.push(JSON.parse(text) as Record<string, unknown>);
  }
  close(): void {
    this.drop(1000);
  }
  open(): void {
    this.readyState = 1;
    this.onopen?.();
  }
  say(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
  frame(sequence: number, z: number, revision = 1): void {
    const view = new DataView(new ArrayBuffer(30));
    view.setUint32(0, 30, true);
    view.setUint8(4, 1);
    view.setUint8(5, 1);
    view.setUint32(8, 7, true);
    view.setUint32(12, revision, true);
    view.setUint32(16, sequence, true);
    view.setUint16(20, z, true);
    this.onmessage?.({ data: view.buffer });
  }
  drop(code: number): void {
    this.readyState = 3;
    this.onclose?.({ code });
  }
  sentOf(type: string): Record<string, unknown>[] {
    return this.sent.filter((message) => message.type === type);
  }
}

function setUp() {
  const sockets: FakeSocket[] = [];
  const store = new AnnotationStore(BOOT);
  const shown: Frame[] = [];
  const toasts = new Toasts();
  const session = new LiveSession({
    store,
    outbox: new Outbox("3.7", null),
    toasts,
    timings: new ClickTimings(() => Date.now()),
    url: "ws://here/s/",
    onFrames: (frames) => shown.push(...frames),
    openSocket: () => {
      const socket = new FakeSocket();
      sockets.push(socket);
      return socket as unknown as WebSocket;
    },
  });
  session.start();
  const newest = () => sockets.at(-1) as FakeSocket;
  const greet = (sequence = 0) => {
    newest().open();
    newest().say(state({ sequence }));
    newest().say({ type: "synced", sequence });
  };
  return { store, session, shown, toasts, sockets, newest, greet };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("edits", () => {
  test("a click is sent at once and shown as pending until its prompt is back", () => {
    const { store, session, newest, greet } = setUp();
    greet();
    session.addPrompt(1, "point", true, [[3, 4, 5]]);
    const [sent] = newest().sentOf("prompt.add");
    expect(sent).toMatchObject({ label: 1, kind: "point", positive: true, voxels: [[3, 4, 5]] });
    expect(store.drawnPrompts().map((prompt) => prompt.pending)).toEqual([true]);
    newest().say({ type: "ack", request: sent?.request, revision: 1, edit: 40 });
    expect(store.saveState.value).toBe("saved");
    expect(store.drawnPrompts().length).toBe(1);
    const prompt = { edit: 40, label: 1, kind: "point", positive: true, voxels: [[3, 4, 5]], user: BOOT.user };
    newest().say({
      type: "prompts",
      revision: 1,
      prompts: [prompt],
      operations: [],
      undoable: { "3": 1 },
      redoable: {},
    });
    expect(store.drawnPrompts().map((drawn) => drawn.pending)).toEqual([false]);
    expect(store.undoable.value).toBe(1);
  });

  test("what was not acknowledged is sent again after a lost connection, in order and with the same ids", () => {
    const { store, session, newest, greet, sockets } = setUp();
    greet();
    session.addPrompt(1, "point", true, [[1, 1, 1]]);
    session.undo();
    newest().drop(1006);
    expect(store.saveState.value).toBe("waiting");
    session.addPrompt(2, "point", true, [[2, 2, 2]]);
    vi.advanceTimersByTime(1_000);
    expect(sockets.length).toBe(2);
    newest().open();
    expect(newest().sent).toEqual([]);
    newest().say(state());
    expect(newest().sent.map((message) => message.type)).toEqual(["prompt.add", "undo", "prompt.add"]);
    expect(newest().sent.slice(0, 2)).toEqual(sockets[0]?.sent.slice(0, 2));
  });

  test("the removal of a prompt names it and is kept until it is acknowledged", () => {
    const { store, session, newest, greet } = setUp();
    greet();
    session.removePrompt(17);
    const [sent] = newest().sentOf("prompt.remove");
    expect(sent?.edit).toBe(17);
    expect(store.unacknowledged.value).toBe(1);
    newest().say({ type: "ack", request: sent?.request, revision: 3, edit: 17 });
    expect(store.unacknowledged.value).toBe(0);
  });

  test("a refused edit vanishes and its reason is said", () => {
    const { store, session, newest, greet, toasts } = setUp();
    greet();
    session.addPrompt(1, "point", true, [[1, 1, 1]]);
    newest().say({ type: "refused", request: newest().sentOf("prompt.add")[0]?.request, sentence: "Not here." });
    expect(store.drawnPrompts()).toEqual([]);
    expect(store.saveState.value).toBe("saved");
    expect(toasts.shown.value.map((toast) => toast.sentence)).toEqual(["Not here."]);
  });
});

describe("slices", () => {
  test("a lost slice is asked for, once", () => {
    const { newest, greet, shown } = setUp();
    greet(4);
    newest().frame(5, 0);
    newest().frame(7, 1);
    newest().frame(8, 2);
    vi.advanceTimersByTime(300);
    expect(newest().sentOf("resync")).toEqual([{ type: "resync", since: 5 }]);
    newest().frame(6, 3);
    newest().say({ type: "synced", sequence: 8 });
    vi.advanceTimersByTime(1_000);
    expect(newest().sentOf("resync").length).toBe(1);
    expect(shown.map((frame) => frame.z)).toEqual([0, 1, 2, 3]);
  });

  test("slices that overtake each other are not asked for", () => {
    const { newest, greet } = setUp();
    greet(4);
    newest().frame(6, 1);
    newest().frame(5, 0);
    vi.advanceTimersByTime(1_000);
    expect(newest().sentOf("resync")).toEqual([]);
  });

  test("a stale slice is not shown", () => {
    const { newest, greet, shown } = setUp();
    greet(0);
    newest().frame(1, 0, 2);
    newest().frame(2, 0, 1);
    expect(shown.map((frame) => frame.revision)).toEqual([2]);
  });

  test("after the last slice of a run nothing would show a loss, so it is asked", () => {
    const { newest, greet } = setUp();
    greet(4);
    newest().say({
      type: "run",
      run: 1,
      revision: 1,
      state: "done",
      slices_done: 3,
      slices_remaining: 0,
      slices_per_second: 90,
      waiting: 0,
      sentence: "",
    });
    expect(newest().sentOf("resync")).toEqual([{ type: "resync", since: 4 }]);
  });
});

describe("the connection", () => {
  test("is not tried again where there is no access any more", () => {
    const { store, newest, greet, sockets } = setUp();
    greet();
    newest().drop(4403);
    vi.advanceTimersByTime(60_000);
    expect([store.connection.value, sockets.length]).toEqual(["refused", 1]);
  });

  test("that went silent is given up and opened anew", () => {
    const { newest, greet, sockets } = setUp();
    greet();
    vi.advanceTimersByTime(15_000);
    expect(newest().sentOf("resync").length).toBe(1);
    vi.advanceTimersByTime(10_500);
    expect(sockets.length).toBe(2);
  });

  test("says what is on screen at most a few times a second, and again after reconnecting", () => {
    const { session, newest, greet } = setUp();
    greet();
    for (let z = 0; z < 10; z++) session.showSlices([z]);
    expect(newest().sentOf("view")).toEqual([{ type: "view", z: [0] }]);
    vi.advanceTimersByTime(500);
    expect(
      newest()
        .sentOf("view")
        .map((message) => message.z),
    ).toEqual([[0], [9]]);
    newest().drop(1006);
    vi.advanceTimersByTime(1_000);
    greet();
    expect(newest().sentOf("view")).toEqual([{ type: "view", z: [9] }]);
  });
});

describe("where people are", () => {
  test("it is said at most ten times a second, the newest always, and again while nothing moves", () => {
    const { session, newest, greet } = setUp();
    greet();
    for (let x = 0; x < 100; x++) {
      session.lookAt({ at: [1, 2, 3], pointer: [1, 2, x % 40] });
      vi.advanceTimersByTime(10);
    }
    vi.advanceTimersByTime(100);
    const said = newest().sentOf("look");
    expect(said.length).toBeLessThanOrEqual(11);
    expect(said.at(-1)).toEqual({ type: "look", at: [1, 2, 3], pointer: [1, 2, 19] });
    vi.advanceTimersByTime(6_000);
    expect(newest().sentOf("look").length).toBe(said.length + 2);
    session.stop();
  });

  test("the others are known until they leave", () => {
    const { store, newest, greet } = setUp();
    greet();
    const ben = { id: 4, name: "Ben" };
    newest().say({ type: "people", people: [BOOT.user, ben] });
    newest().say({ type: "presence", user: 4, at: [1, 2, 3], pointer: null });
    expect([...store.companions.places.value.keys()]).toEqual([4]);
    newest().say({ type: "people", people: [BOOT.user] });
    expect(store.companions.places.value.size).toBe(0);
  });
});
