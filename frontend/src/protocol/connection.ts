/** The annotation socket: stays connected, parses what comes in, notices a connection that has died silently. */

import {
  type ClientMessage,
  decodeFrames,
  encodeClientMessage,
  type Frame,
  parseServerMessage,
  type ServerMessage,
} from "./protocol";

export type ConnectionState = "connecting" | "live" | "offline" | "refused";

export interface ConnectionEvents {
  onState(state: ConnectionState): void;
  onMessage(message: ServerMessage): void;
  onFrames(frames: Frame[]): void;
  /** The server sent something outside the contract. */
  onMalformed(error: Error): void;
  /** Nothing has been heard for a while: say something that the server answers. */
  onIdle(): void;
}

/** Close codes of the server after which trying again is of no use: signed out, no access, no such annotation. */
const FINAL_CLOSE_CODES: ReadonlySet<number> = new Set([4401, 4403, 4404]);
const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 8_000;
const IDLE_MS = 15_000;
const SILENCE_MS = 10_000;

export class Connection {
  private socket: WebSocket | null = null;
  private attempts = 0;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private idleTimer: ReturnType<typeof setTimeout> | undefined;
  private stopped = false;

  constructor(
    private readonly url: string,
    private readonly events: ConnectionEvents,
    private readonly openSocket: (url: string) => WebSocket = (address) => new WebSocket(address),
  ) {}

  start(): void {
    this.stopped = false;
    globalThis.addEventListener?.("online", this.retryNow);
    this.open();
  }

  stop(): void {
    this.stopped = true;
    globalThis.removeEventListener?.("online", this.retryNow);
    clearTimeout(this.retryTimer);
    clearTimeout(this.idleTimer);
    this.socket?.close();
  }

  /** Returns false while there is no connection; nothing is queued here. */
  send(message: ClientMessage): boolean {
    if (this.socket?.readyState !== 1) return false;
    this.socket.send(encodeClientMessage(message));
    return true;
  }

  private open(): void {
    this.events.onState("connecting");
    const socket = this.openSocket(this.url);
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    socket.onopen = () => this.onOpen();
    socket.onmessage = (event: MessageEvent<unknown>) => this.onData(event.data);
    socket.onclose = (event: CloseEvent) => {
      if (this.socket === socket) this.onClose(event.code);
    };
  }

  private onOpen(): void {
    this.events.onState("live");
    this.watchSilence();
  }

  private onData(data: unknown): void {
    // Only a server that talks resets the backoff: one that accepts and closes at once must not be hammered.
    this.attempts = 0;
    this.watchSilence();
    try {
      if (typeof data === "string") this.events.onMessage(parseServerMessage(data));
      else this.events.onFrames(decodeFrames(data as ArrayBuffer));
    } catch (error) {
      this.events.onMalformed(error as Error);
    }
  }

  private onClose(code: number): void {
    clearTimeout(this.idleTimer);
    this.socket = null;
    if (this.stopped) return;
    if (FINAL_CLOSE_CODES.has(code)) {
      this.events.onState("refused");
      return;
    }
    this.events.onState("offline");
    this.retryTimer = setTimeout(() => this.open(), this.nextDelay());
  }

  private nextDelay(): number {
    const delay = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** this.attempts++);
    return delay * (0.75 + Math.random() / 2);
  }

  private readonly retryNow = (): void => {
    if (this.socket !== null || this.stopped) return;
    clearTimeout(this.retryTimer);
    this.open();
  };

  /** After some quiet ask for a sign of life; without an answer the connection is dead, whatever TCP believes. */
  private watchSilence(): void {
    clearTimeout(this.idleTimer);
    this.idleTimer = setTimeout(() => {
      this.events.onIdle();
      this.idleTimer = setTimeout(() => this.giveUp(), SILENCE_MS);
    }, IDLE_MS);
  }

  private giveUp(): void {
    const dead = this.socket;
    this.socket = null;
    dead?.close();
    this.onClose(1006);
  }
}

/** The address of a socket path on the page's own host. */
export function socketAddress(path: string, page: Pick<Location, "protocol" | "host">): string {
  return `${page.protocol === "https:" ? "wss:" : "ws:"}//${page.host}${path}`;
}
