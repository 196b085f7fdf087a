import { type ServiceConfig, status } from "@grpc/grpc-js";
import { CalculatorService } from "#gen/tutorials/calculator.js";
import { type Caller, caller, StatusError, unary } from "../../bridge/index.js";
import type { Case } from "../../host/cases.js";
import { connect, type Hosting, host, service } from "../../host/index.js";

/**
 * The channel repeats a call that ends UNAVAILABLE, up to 4 attempts in all, after a random wait of at most 50 ms, then
 * 100 ms, then 200 ms. Only for methods that may run twice: UNAVAILABLE does not say that the server has done nothing.
 * @see https://github.com/grpc/proposal/blob/master/A6-client-retries.md
 */
export const retryUnavailable: ServiceConfig = {
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
};

/**
 * A call through a gateway that refuses it twice. The code that calls sees one call and one answer; the attempts
 * before it show only in the header that the channel adds. The deadline is for all attempts together.
 */
export const retry: Case = async ({ client, signal, say }) => {
  const gateway = startingGateway(caller(CalculatorService, client), 2);
  const [address = ""] = (await gateway.listen()).addresses;
  const retrying = connect(address, { serviceConfig: retryUnavailable });
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

/**
 * A gateway in front of the server that is still starting when the first calls come. It stands in this process, so
 * that the server needs no switch for failing, and any server will do. What it passes on keeps its deadline and signal:
 * a client that gives up is not worked for any more, however many processes are in between.
 */
export function startingGateway(server: Caller<CalculatorService>, refusals: number): Hosting {
  let calls = 0;
  const refuseAtFirst = () => {
    calls += 1;
    if (calls <= refusals) throw new StatusError(status.UNAVAILABLE, "the gateway is starting");
  };
  return host([
    service(CalculatorService, {
      squareRoot: unary((request, { deadline, signal }) => {
        refuseAtFirst();
        return server.squareRoot(request, { deadline, signal });
      }),
      divide: unary((request, { deadline, signal }) => {
        refuseAtFirst();
        return server.divide(request, { deadline, signal });
      }),
    }),
  ]);
}
