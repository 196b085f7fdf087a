import type { MethodDefinition } from "@grpc/grpc-js";
import { Encoded, type Outgoing } from "./encoded.js";

/** `method`, for a call both of whose directions may carry messages that have their bytes already. */
export function serialisedOnce<Req, Res>(
  method: MethodDefinition<Req, Res>,
): MethodDefinition<Req, Outgoing<Res>> & { requestSerialize(request: Outgoing<Req>): Buffer } {
  return {
    ...method,
    requestSerialize: (request: Outgoing<Req>) => bytesOf(request, method.requestSerialize),
    responseSerialize: (response: Outgoing<Res>) => bytesOf(response, method.responseSerialize),
  };
}

function bytesOf<T>(message: Outgoing<T>, serialise: (message: T) => Buffer): Buffer {
  return message instanceof Encoded ? message.bytes : serialise(message);
}
