import type { BidirectionalServer } from "#gen/tutorials/bidirectional.js";

/** The echo as grpc-js alone has it, for the README and for the tests that hold both forms to the same behaviour. */
// #region raw
export const rawEcho: BidirectionalServer = {
  getServerResponse(call) {
    let over = false;
    call.on("data", (message) => {
      if (over) return;
      // false: the client does not read. Without the pause its echoes pile up in the server's memory.
      if (!call.write(message)) call.pause();
    });
    // Only after a pause of ours; after a cancel there is no 'drain' any more.
    call.on("drain", () => call.resume());
    call.on("end", () => {
      // A cancelled call can look half-closed for a moment. Two turns let the reset that is on its way arrive.
      setImmediate(() =>
        setImmediate(() => {
          if (over) return;
          over = true;
          call.end();
        }),
      );
    });
    // Comes after every call, also after one that ended well.
    call.on("cancelled", () => {
      over = true;
    });
  },
};
// #endregion
