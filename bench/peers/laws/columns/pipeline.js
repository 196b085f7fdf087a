import { column, piped } from "./grpc-js.js";

export { statusError } from "./grpc-js.js";
// `pipeline` has destroyed the call already: that is its way to pass on a failure.
export const { serve, connect } = column(piped, () => {});
