import { column, loop } from "./grpc-js.js";

export { statusError } from "./grpc-js.js";
// The guide's way to fail a stream: https://grpc.io/docs/guides/error/
export const { serve, connect } = column(loop, (call, error) => call.emit("error", error));
