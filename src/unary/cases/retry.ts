import { caller } from "quartet-bridge";
import { CalculatorService } from "#gen/tutorials/calculator.js";
import { type Case, type ConnectOptions, connect } from "../../host/index.js";
import { startingGateway } from "./starting-gateway.js";

/**
 * The channel repeats a call that ends UNAVAILABLE, up to 4 attempts in all, after about 50, 100 and 200 ms, each
 * up to a fifth more or less, so that clients do not come back all at once. Only for methods that may run twice:
 * UNAVAILABLE does not say that the server has done nothing.
 * @see https://github.com/grpc/proposal/blob/master/A6-client-retries.md
 */
export const retryUnavailable = {
  serviceConfig: {
    loadBalancingConfig: [],
    methodConfig: [
      {
        name: [{ service: "Calculator" }],
        retryPolicy: {
          maxAttempts: 4,
          initialBackoff: "0.05s",
          maxBackoff: "1s",
          backoffMultiplier: 2,
          retryableStatusCodes: ["UNAVAILABLE"],
        },
      },
    ],
  },
  // A request that does not fit in this buffer is not repeated, and nothing says so. `connect` sets 4 KiB, for streams.
  channelOptions: { "grpc.per_rpc_retry_buffer_size": 256 * 1024 },
} satisfies ConnectOptions;

/**
 * A call through a gateway that refuses it twice. The code that calls sees one call and one answer; the attempts
 * before it show only in the header that the channel adds. The deadline is for all attempts together.
 */
export const retry: Case = async ({ client, signal, say }) => {
  const gateway = startingGateway(caller(CalculatorService, client), 2);
  const [address = ""] = (await gateway.listen()).addresses;
  const retrying = connect(address, retryUnavailable);
  try {
    let refused = "0";
    const { value } = await caller(CalculatorService, retrying).squareRoot(
      { value: 16 },
      {
        onHeaders: (headers) => {
          refused = headers.get("grpc-previous-rpc-attempts").join();
        },
        timeoutMs: 5000,
        signal,
      },
    );
    say(`SquareRoot(16) = ${value}, after ${refused} attempts that ended UNAVAILABLE`);
    if (refused !== "2") throw new Error("the channel was to make 3 attempts");
  } finally {
    retrying.close();
    await gateway.force();
  }
};
