import { type ChannelOptions, Metadata, status } from "@grpc/grpc-js";
import { expect } from "chai";
import {
  type CallContext,
  CallError,
  type CallOptions,
  caller,
  implement,
  StatusError,
  streamingChannelOptions,
} from "quartet-bridge";
import { CalculatorService } from "#gen/tutorials/calculator.js";
import { UnaryService } from "#gen/tutorials/unary.js";
import { stopClock } from "../../bridge/test/harness/clock.js";
import { gate, loopback } from "../../bridge/test/harness/loopback.js";
import { throwing } from "../../bridge/test/harness/probe.js";
import { twoMethods } from "../../bridge/test/harness/two-methods.js";
import { type Case, failure, type HostedService, type Hosting, host } from "../../src/host/index.js";
import { retryUnavailable } from "../../src/unary/cases/retry.js";
import { startingGateway } from "../../src/unary/cases/starting-gateway.js";
import { cases } from "../../src/unary/client.js";
import { build } from "../../src/unary/server.js";
import { caseContext } from "../case-context.js";

/** The case's lines against a server of these services. */
async function run(name: string, services: readonly HostedService[], signal = new AbortController().signal) {
  const { client } = await loopback(host(services));
  const lines: string[] = [];
  await (cases[name] as Case)(caseContext(client, { signal, say: (line) => lines.push(line) }));
  return lines;
}

/** What the tutorial's server does: it has no division, and throws for a negative number. */
const tutorials = implement(twoMethods, {
  squareRoot({ value }) {
    if (value < 0) throw new StatusError(status.UNKNOWN, "Exception calling application: math domain error");
    return { value: Math.sqrt(value) };
  },
  divide: throwing(new StatusError(status.UNIMPLEMENTED, "Method not found!")),
});

describe("the cases of the unary client", () => {
  it("all end UNIMPLEMENTED if the server has none of the services", async () => {
    for (const name of Object.keys(cases)) await failure(status.UNIMPLEMENTED, run(name, []));
  });

  it("work with the tutorial's server, except for the method that it lacks", async () => {
    const ofCalculator = ["square-root", "precision", "invalid-argument", "deadline", "cancel", "retry"];
    for (const name of ofCalculator) expect(await run(name, [tutorials]), name).not.to.be.empty;
    await failure(status.UNIMPLEMENTED, run("divide", [tutorials]));
    expect(await run("invalid-argument", [tutorials])).to.deep.equal([
      "SquareRoot(-1): UNKNOWN",
      "  (this server does not say which field)",
    ]);
  });

  it("say that a server does not send our metadata", async () => {
    const plain = implement(UnaryService, { getServerResponse: () => ({ message: "Hi", received: true }) });
    expect((await run("metadata", [plain])).slice(1)).to.deep.equal([
      "response headers: request-id (not sent by this server)",
      "trailers:         handler-us (not sent by this server)",
    ]);
  });

  it("fail if the lesson does not happen: a root of -1, a root in double precision", async () => {
    const wrong = implement(twoMethods, { squareRoot: () => ({ value: 1.5 }), divide: () => ({ value: 0 }) });
    for (const name of ["invalid-argument", "precision"]) {
      const error = await run(name, [wrong]).catch((thrown: unknown) => thrown);
      expect(error, name).to.be.instanceOf(Error).and.not.to.be.instanceOf(CallError);
    }
  });

  it("end CANCELLED when the program is told to stop", async () => {
    const { client } = await loopback(build());
    for (const [name, each] of Object.entries(cases)) {
      const error = await failure(status.CANCELLED, each(caseContext(client, { signal: AbortSignal.abort() })));
      expect(error.code, name).to.equal(status.CANCELLED);
    }
  });
});

describe("the gateway that is starting", () => {
  /** A call through a gateway to a server that never answers. */
  async function stuckBehindTheGateway(options: CallOptions, code: status) {
    const [begun, ended] = [gate<CallContext>(), gate()];
    const stuck = (_request: unknown, call: CallContext) => {
      call.signal.addEventListener("abort", () => ended.open());
      begun.open(call);
      return new Promise<never>(() => {});
    };
    const { client } = await loopback(host([implement(twoMethods, { squareRoot: stuck, divide: stuck })]));
    const gateway = await loopback(startingGateway(caller(CalculatorService, client), 0));
    const failed = failure(code, caller(CalculatorService, gateway.client).squareRoot({ value: 1 }, options));
    return { behind: await begun.opened, over: Promise.all([failed, ended.opened]) };
  }

  it("passes a cancel on to the next server", async () => {
    const leave = new AbortController();
    const { over } = await stuckBehindTheGateway({ signal: leave.signal }, status.CANCELLED);
    leave.abort();
    await over;
  });

  it("passes a deadline on to the next server, which then ends the call", async () => {
    const clock = stopClock();
    const { behind, over } = await stuckBehindTheGateway({ timeoutMs: 1_000 }, status.DEADLINE_EXCEEDED);
    expect(behind.deadline, "the deadline at the next server").to.be.instanceOf(Date);
    clock.pass(1_000);
    await over;
  });
});

describe("the policy for retries", () => {
  /** A client with the policy, for a server of its own. */
  async function retrying(server: Hosting, methods: object[] = [{ service: "Calculator" }]) {
    const [config] = retryUnavailable.serviceConfig.methodConfig;
    const { connect } = await loopback(server);
    return (channelOptions: ChannelOptions = retryUnavailable.channelOptions) =>
      connect({
        ...channelOptions,
        "grpc.service_config": JSON.stringify({ methodConfig: [{ ...config, name: methods }] }),
      });
  }

  /** A calculator, called through a gateway that first refuses `refusals` attempts. */
  async function throughGateway(refusals: number) {
    const { client } = await loopback(build());
    const connect = await retrying(startingGateway(caller(CalculatorService, client), refusals));
    return caller(CalculatorService, connect());
  }

  it("makes up to 4 attempts, and the answer counts those that failed", async () => {
    for (const refusals of [0, 1, 3]) {
      const calculator = await throughGateway(refusals);
      let previous = new Metadata();
      const onHeaders = (headers: Metadata) => (previous = headers);
      expect(await calculator.squareRoot({ value: 16 }, { onHeaders })).to.deep.equal({ value: 4 });
      expect(previous.get("grpc-previous-rpc-attempts")).to.deep.equal(refusals === 0 ? [] : [String(refusals)]);
    }
  });

  it("gives up after the fourth", async () => {
    const calculator = await throughGateway(4);
    await failure(status.UNAVAILABLE, calculator.squareRoot({ value: 16 }));
    expect(await calculator.squareRoot({ value: 16 }), "the gateway has started").to.deep.equal({ value: 4 });
  });

  /** A server that counts its attempts and ends all but the last one with `code`. */
  function refusing(code: status, refusals: number) {
    const served = { attempts: 0 };
    const server = host([
      implement(UnaryService, {
        getServerResponse({ message }) {
          served.attempts += 1;
          if (served.attempts <= refusals) throw new StatusError(code, "not this time");
          return { message, received: true };
        },
      }),
    ]);
    return { served, server };
  }

  it("repeats only UNAVAILABLE, and only for the services that it names", async () => {
    for (const [code, methods] of [
      [status.ABORTED, [{}]],
      [status.UNAVAILABLE, [{ service: "Calculator" }]],
    ] as const) {
      const { served, server } = refusing(code, 1);
      const connect = await retrying(server, [...methods]);
      await failure(code, caller(UnaryService, connect()).getServerResponse({ message: "Hi" }));
      expect(served.attempts).to.equal(1);
    }
  });

  it("repeats a request of 100 KiB, which is too large for the retry buffer for streams", async () => {
    const message = "x".repeat(100 * 1024);
    const small = refusing(status.UNAVAILABLE, 1);
    const forStreams = (await retrying(small.server, [{}]))(streamingChannelOptions);
    await failure(status.UNAVAILABLE, caller(UnaryService, forStreams).getServerResponse({ message }));
    expect(small.served.attempts).to.equal(1);

    const large = refusing(status.UNAVAILABLE, 1);
    const withPolicy = (await retrying(large.server, [{}]))();
    expect((await caller(UnaryService, withPolicy).getServerResponse({ message })).received).to.equal(true);
    expect(large.served.attempts).to.equal(2);
  });
});
