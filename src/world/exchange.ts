import type { Dispatcher } from "undici";
import type { Deadlined, DeadlineLine } from "./deadlines.ts";
import type { Passing } from "./points.ts";
import { tlsFault } from "./tls-faults.ts";
import type { WireAnswer, WireRequest } from "./transport.ts";

type FailedReason = Extract<WireAnswer, { kind: "failed" }>["reason"];
type Headers = Readonly<Record<string, string>>;

// One request and its answer, as undici tells it. What matters here is the evidence: undici calls `onRequestStart` on a connection that is up,
// handshakes included, and writes the head of the request to the socket in the same call, unless `onRequestStart` throws. So whatever fails
// before `onRequestStart` returned was certainly not sent, and everything later may have been. Error codes cannot tell (ECONNRESET comes from
// connecting, from TLS and from reading alike). undici 8 never repeats a request on its own over HTTP/1.1; if it ever tried, the second start
// would be refused here.
export class Exchange implements Dispatcher.DispatchHandler, Deadlined {
  deadlineMs = 0;
  line: DeadlineLine | undefined = undefined;
  earlier: Deadlined | undefined = undefined;
  later: Deadlined | undefined = undefined;

  readonly #request: WireRequest;
  readonly #settled: (answer: WireAnswer) => void;
  readonly #passing: Passing | undefined;
  #over = false;
  #started = false;
  #controller: Dispatcher.DispatchController | undefined = undefined;
  #status = 0;
  #headers: Headers | undefined = undefined;
  #body: Uint8Array | undefined = undefined;
  #chunks: Uint8Array[] | undefined = undefined;
  #bodyBytes = 0;
  #onAbort: (() => void) | undefined = undefined;

  constructor(request: WireRequest, settled: (answer: WireAnswer) => void, passing: Passing | undefined) {
    this.#passing = passing;
    this.#request = request;
    this.#settled = settled;
  }

  /** Ends the exchange when the signal fires, in whatever stage it is: undici itself ignores signals of requests that wait for a connection. */
  watch(signal: AbortSignal): void {
    this.#onAbort = () => this.fail("aborted", "ABORTED", "it was stopped from this side");
    signal.addEventListener("abort", this.#onAbort);
  }

  expire(): void {
    const stage = !this.#started
      ? "no connection was ready"
      : this.#status === 0
        ? "no answer came"
        : "the answer did not end";
    this.fail("timeout", "TIMEOUT", `${stage} within ${this.#request.timeoutMs} ms`);
  }

  fail(reason: FailedReason, code: string, message: string): void {
    if (this.#over) return;
    const answer = {
      kind: "failed",
      sent: this.#started ? "maybe" : "no",
      code,
      message,
      reason,
      ...(this.#headers === undefined ? {} : { status: this.#status, headers: this.#headers }),
    } as const;
    this.#settle(answer);
    this.#controller?.abort(new Error(message));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Thrown here, it does not leave: undici drops the request and keeps the connection.
    if (this.#over) throw new Error("the exchange is over");
    if (this.#started) {
      this.fail("connection", "SENT_TWICE", "the connection broke and the request is not repeated here");
      throw new Error("never sent twice");
    }
    try {
      this.#request.beforeSend?.();
    } catch (thrown) {
      this.fail("revoked", "REVOKED", thrown instanceof Error ? thrown.message : String(thrown));
      throw thrown;
    }
    this.#started = true;
    this.#controller = controller;
  }

  /** The bytes are handed to the operating system. */
  onRequestSent(): void {
    this.#passing?.("after-send");
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: object): void {
    if (status < 200) return;
    this.#status = status;
    this.#headers = joined(headers as Record<string, string | string[]>);
    const length = this.#headers["content-length"];
    if (length !== undefined && Number(length) > this.#request.answerBytesMax) this.#tooLarge();
    if (this.#over) controller.abort(new Error("the exchange is over"));
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    if (this.#over) return;
    this.#bodyBytes += chunk.byteLength;
    if (this.#bodyBytes > this.#request.answerBytesMax) this.#tooLarge();
    else if (this.#body === undefined) this.#body = chunk;
    else if (this.#chunks === undefined) this.#chunks = [this.#body, chunk];
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    if (this.#over) return;
    this.#settle({
      kind: "answered",
      status: this.#status,
      headers: this.#headers ?? {},
      body: this.#chunks === undefined ? (this.#body ?? empty) : Buffer.concat(this.#chunks),
    });
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    const code = "code" in error && typeof error.code === "string" ? error.code : error.name;
    const words = tlsFault(code, this.#request.origin) ?? wordsOf(error);
    this.fail(code === "WAYBILL_ADDRESS_REFUSED" ? "address-refused" : "connection", code, words);
  }

  #tooLarge(): void {
    this.fail("too-large", "TOO_LARGE", `the answer is longer than ${this.#request.answerBytesMax} bytes`);
  }

  #settle(answer: WireAnswer): void {
    this.#over = true;
    this.line?.leave(this);
    if (this.#onAbort !== undefined) this.#request.signal?.removeEventListener("abort", this.#onAbort);
    this.#settled(answer);
  }
}

const empty = new Uint8Array(0);

/** A header that came several times becomes one, joined as RFC 9110 5.3 says. */
function joined(headers: Record<string, string | string[]>): Headers {
  for (const name in headers) {
    const value = headers[name];
    if (typeof value !== "string" && value !== undefined) headers[name] = value.join(", ");
  }
  return headers as Headers;
}

function wordsOf(error: Error): string {
  if (error instanceof AggregateError && error.message === "") {
    return error.errors.map((one: unknown) => (one instanceof Error ? one.message : String(one))).join("; ");
  }
  return error.message === "" ? error.name : error.message;
}
