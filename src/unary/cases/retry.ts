import { caller } from "quartet-bridge";
import { CalculatorService } from "#gen/tutorials/calculator.js";
import { type Case, type ConnectOptions, connect } from "../../host/index.js";
import { startingGateway } from "./starting-gateway.js";

/**
 * The channel retries a call that ends UNAVAILABLE, with at most 4 attempts. The waits are about 50, 100 and 200 ms,
 * with a jitter of a fifth, so that clients do not come back all at once. Use it only for methods that may run twice:
 * after UNAVAILABLE the server may have done the work.
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
  // A request that is larger than this buffer is not retried, and no error says so. `connect` sets 4 KiB, which suits
  // streams.
  channelOptions: { "grpc.per_rpc_retry_buffer_size": 256 * 1024 },
} satisfies ConnectOptions;

/**
 * A call through a gateway that refuses it twice. Your code sees one call and one answer. The earlier attempts show
 * only in a header that the channel adds. The deadline covers all attempts together.
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
