import { status } from "@grpc/grpc-js";
import { type Caller, implement, passOn, StatusError } from "quartet-bridge";
import { CalculatorService } from "#gen/tutorials/calculator.js";
import { type Hosting, host } from "../../host/index.js";

const { squareRoot } = CalculatorService;

/**
 * A gateway for one method, in front of the server. It is still starting when the first calls come, and refuses them.
 * It runs in the client's process, so any server will do. It passes on the deadline and the signal: if the client gives
 * up, the server behind the gateway stops too.
 */
export function startingGateway(server: Caller<CalculatorService>, refusals: number): Hosting {
  let calls = 0;
  return host([
    implement(
      { squareRoot },
      {
        squareRoot(request, { deadline, signal }) {
          calls += 1;
          if (calls <= refusals) throw new StatusError(status.UNAVAILABLE, "the gateway is starting");
          return server.squareRoot(request, { deadline, signal }).catch(passOn);
        },
      },
    ),
  ]);
}
