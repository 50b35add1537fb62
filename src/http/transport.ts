/** The lowest layer: one request, one answer. Policy (retries, waits, meaning of a status) is above it. */

/** A request on the wire. */
export interface WireRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Use a connection that was never used before (creates: a stale one would make the outcome unknown). */
  readonly fresh?: boolean;
}

/** An answer whose body was read to its end. Header names in lower case; of repeated ones, all. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: Uint8Array;
}

/** How far an exchange came before it broke. */
export type BrokenPhase =
  /** No byte of the request can have been processed (DNS, refused, TLS, connect timeout). */
  | "before-sent"
  /** The request may have arrived; no status line came. */
  | "no-answer"
  /** A status line came, then the body broke off or passed a limit. */
  | "in-body";

/** An exchange that broke. */
export class TransportError extends Error {
  readonly phase: BrokenPhase;
  /** The system's or library's code (`ECONNREFUSED`, `UND_ERR_SOCKET`, `CERT_HAS_EXPIRED`, ...). */
  readonly code: string;
  /** Where `phase` is `in-body`: what had come. */
  readonly status: number | undefined;
  readonly headers: WireAnswer["headers"] | undefined;
  /** How many bytes of the body had come. */
  readonly received: number | undefined;

  constructor(
    phase: BrokenPhase,
    code: string,
    message: string,
    answer?: { readonly status: number; readonly headers: WireAnswer["headers"]; readonly received?: number },
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.name = "TransportError";
    this.phase = phase;
    this.code = code;
    this.status = answer?.status;
    this.headers = answer?.headers;
    this.received = answer?.received;
  }
}

/** Carries requests. `signal` bounds the whole exchange, the last byte of the body included. */
export interface Transport {
  exchange(request: WireRequest, signal: AbortSignal): Promise<WireAnswer>;
  close(): Promise<void>;
}
