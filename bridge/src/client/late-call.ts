import { type Client, status } from "@grpc/grpc-js";
import type { Subscription } from "rxjs";
import { CallError } from "../errors/call-error.js";
import { reportLate, reportUnexpected } from "../errors/diagnostics.js";
import { aborted } from "../stream/aborted.js";
import { ReportingObservable } from "../stream/receive/reporting-observable.js";
import type { SingleCall, StreamCall } from "./client-call.js";

/** A call whose middleware are still running. It may be cancelled, and its deadline may pass, before it begins. */
export interface LateCall<Call> extends Pick<SingleCall<unknown>, "peer" | "send" | "cancel"> {
  readonly path: string;
  readonly begun: Promise<Call>;
  /** The call, once it has begun. */
  call(): Call | undefined;
}

/** How a call begins when its middleware have finished. */
interface Beginning<Call> {
  readonly path: string;
  readonly deadline: Date | undefined;
  readonly signal: AbortSignal | undefined;
  /** Settles when the middleware have finished. */
  readonly running: Promise<void>;
  /** Makes the call fail with `error` when it begins. Call it before that. */
  fail(error: unknown): void;
  start(): Call;
  /** Starts the source of the requests before the call begins: messages of a hot Observable would otherwise be lost. */
  hold(): void;
}

/**
 * A call that begins when `running` has settled. If it is cancelled or its deadline passes earlier, it fails at once.
 */
export function lateCall<Call extends SingleCall<unknown> | StreamCall<unknown>>(
  client: Client,
  { path, deadline, signal, running, fail, start, hold }: Beginning<Call>,
): LateCall<Call> {
  let call: Call | undefined;
  let started = false;
  let sending = false;
  let leaving = false;
  let listening: Subscription | undefined;
  let resolve: (call: Call) => void = () => {};
  const begun = new Promise<Call>((resolveCall) => {
    resolve = resolveCall;
  });

  function begin(): void {
    if (started) return;
    started = true;
    clearTimeout(timer);
    unlisten();
    try {
      call = start();
    } catch (error) {
      // An option is invalid, so the call fails as a refused call does.
      fail(error);
      call = start();
    }
    if (sending) call.send();
    if (leaving) call.cancel();
    resolve(call);
  }

  /** A signal that is not an `EventTarget` of Node may throw. */
  function unlisten(): void {
    try {
      listening?.unsubscribe();
    } catch (error) {
      reportUnexpected({ path, error });
    }
  }

  function giveUp(error: unknown): void {
    if (!started) fail(error);
    begin();
  }

  /** A middleware failed. If the call has begun, the log gets the error, unless it is the signal's reason. */
  function refused(error: unknown): void {
    if (started && error !== signal?.reason) reportLate({ path, error });
    else giveUp(error);
  }

  function cancelled(options: { readonly cause?: unknown } = {}): void {
    const details = "the call was cancelled before it began";
    giveUp(new CallError(path, { code: status.CANCELLED, details }, options));
  }

  function tooLate(): void {
    const details = "the deadline passed before the call began";
    giveUp(new CallError(path, { code: status.DEADLINE_EXCEEDED, details }));
  }

  running.then(begin, refused).catch((error) => reportUnexpected({ path, error }));
  const timer = deadline && setTimeout(tooLate, deadline.getTime() - Date.now());
  listening = signal && aborted(signal).subscribe({ next: (cause) => cancelled({ cause }), error: giveUp });
  return {
    path,
    begun,
    call: () => call,
    peer: () => call?.peer() ?? client.getChannel().getTarget(),
    send() {
      try {
        if (!started) hold();
      } catch (error) {
        // Inspecting the source can run the caller's code, such as a getter, which may throw.
        giveUp(error);
      }
      // The source may have cancelled the call in `hold`, and the call has begun then.
      sending = true;
      call?.send();
    },
    cancel() {
      leaving = true;
      if (!started) cancelled();
      call?.cancel();
    },
  };
}

/** A call with one response that begins later. */
export function lateSingle({ begun, peer, send, cancel }: LateCall<SingleCall<unknown>>): SingleCall<unknown> {
  return { response: begun.then(({ response }) => response), peer, send, cancel };
}

/** A call with a stream of responses that begins later. */
export function lateStream({
  path,
  begun,
  call,
  peer,
  send,
  cancel,
}: LateCall<StreamCall<unknown>>): StreamCall<unknown> {
  /** Whether the reader left before the call began. */
  let left = false;
  const finished = { done: true, value: undefined } as const;
  const next = () => call()?.responses.next() ?? begun.then(({ responses }) => (left ? finished : responses.next()));
  const responses: StreamCall<unknown>["responses"] = {
    next,
    observe: (leave) =>
      new ReportingObservable(path, (subscriber) => {
        subscriber.add(() => call() ?? leave?.());
        begun.then((begunCall) => begunCall.responses.observe(leave).subscribe(subscriber));
      }),
    close(ending, drain) {
      if (call()) call()?.responses.close(ending, drain);
      else left = true;
    },
  };
  return { responses, peer, send, cancel };
}
