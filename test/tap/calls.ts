import type {
  CallOptions,
  Client,
  ClientDuplexStream,
  ClientReadableStream,
  ClientWritableStream,
  ServiceError,
} from "@grpc/grpc-js";
import { Metadata } from "@grpc/grpc-js";
import type { Message } from "#gen/tutorials/bidirectional.js";
import type { Number as NumberMessage } from "#gen/tutorials/calculator.js";
import { AllTypesService } from "./tapped-pair.js";

const { squareRoot, count, sum, echo } = AllTypesService;

/** How a call ended: its answer, or the error that grpc-js gave. */
export type Outcome = { readonly value?: number; readonly error?: ServiceError };

export function callSquareRoot(
  client: Client,
  value: number,
  metadata = new Metadata(),
  options: CallOptions = {},
): Promise<Outcome> {
  return new Promise((resolve) => {
    client.makeUnaryRequest(
      squareRoot.path,
      squareRoot.requestSerialize,
      squareRoot.responseDeserialize,
      { value },
      metadata,
      options,
      (error, answer) => resolve(error ? { error } : { value: answer?.value ?? Number.NaN }),
    );
  });
}

export function openCount(
  client: Client,
  value: number,
  options: CallOptions = {},
): ClientReadableStream<NumberMessage> {
  return client.makeServerStreamRequest(
    count.path,
    count.requestSerialize,
    count.responseDeserialize,
    { value },
    options,
  );
}

export function openSum(client: Client): { call: ClientWritableStream<NumberMessage>; outcome: Promise<Outcome> } {
  let settle: (outcome: Outcome) => void;
  const outcome = new Promise<Outcome>((resolve) => {
    settle = resolve;
  });
  const call = client.makeClientStreamRequest(
    sum.path,
    sum.requestSerialize,
    sum.responseDeserialize,
    (error, answer) => settle(error ? { error } : { value: answer?.value ?? Number.NaN }),
  );
  return { call, outcome };
}

export function openEcho(client: Client, options: CallOptions = {}): ClientDuplexStream<Message, Message> {
  return client.makeBidiStreamRequest(echo.path, echo.requestSerialize, echo.responseDeserialize, options);
}

/**
 * Waits for the end of a call and gives its code. Not `once` of Node: that one gives up at the error that comes first.
 */
export function codeOf(call: ClientReadableStream<unknown> | ClientDuplexStream<never, unknown>): Promise<number> {
  call.on("error", () => {});
  return new Promise((resolve) => call.once("status", ({ code }) => resolve(code)));
}

/** Reads a call to its end, as fast as messages come, and gives its code. */
export function readToEnd(call: ClientReadableStream<unknown> | ClientDuplexStream<never, unknown>): Promise<number> {
  call.resume();
  return codeOf(call);
}

/** Something to wait for that another part of the test brings about. */
export function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
