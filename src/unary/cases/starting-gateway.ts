import { status } from "@grpc/grpc-js";
import { type Caller, implement, passOn, StatusError } from "quartet-bridge";
import { CalculatorService } from "#gen/tutorials/calculator.js";
import { type Hosting, host } from "../../host/index.js";

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
    implement(CalculatorService, {
      squareRoot(request, { deadline, signal }) {
        refuseAtFirst();
        return server.squareRoot(request, { deadline, signal }).catch(passOn);
      },
      divide(request, { deadline, signal }) {
        refuseAtFirst();
        return server.divide(request, { deadline, signal }).catch(passOn);
      },
    }),
  ]);
}
