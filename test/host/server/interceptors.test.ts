import {
  InterceptingCall,
  type Interceptor,
  ServerInterceptingCall,
  type ServerInterceptor,
  status,
} from "@grpc/grpc-js";
import { expect } from "chai";
import { caller } from "quartet-bridge";
import { CalculatorService } from "#gen/tutorials/calculator.js";
import { afterTheTest } from "../../../bridge/test/harness/loopback.js";
import { connect } from "../../../src/host/index.js";
import { build } from "../fixtures/unary-server.js";
import { listening } from "../listening.js";
import { callLines } from "./call-lines.js";

describe("the interceptors of a host", () => {
  it("are nearest the wire if they are first at a server, and nearest the caller if they are first at a client", async () => {
    const passed: string[] = [];
    const note = (name: string) => ({
      sendMessage: (message: unknown, next: (message: unknown) => void) => {
        passed.push(name);
        next(message);
      },
    });
    const ofServer = (name: string): ServerInterceptor => {
      return (_method, call) => new ServerInterceptingCall(call, note(name));
    };
    const ofClient = (name: string): Interceptor => {
      return (options, nextCall) => new InterceptingCall(nextCall(options), note(name));
    };
    const { address } = await listening(build({ interceptors: [ofServer("nearest"), ofServer("last")] }));
    const client = connect(address, { interceptors: [ofClient("first"), ofClient("second")] });
    afterTheTest(() => client.close());
    await caller(CalculatorService, client).squareRoot({ value: 16 });
    expect(passed).to.deep.equal(["first", "second", "last", "nearest"]);
  });

  it("appear in the call log if they refuse a call", async () => {
    const refusing: ServerInterceptor = (_method, call) =>
      new ServerInterceptingCall(call, {
        start: () => call.sendStatus({ code: status.UNAUTHENTICATED, details: "who are you?" }),
      });
    const { log, next } = callLines();
    const { client } = await listening(build({ log, interceptors: [refusing] }));
    const error = await caller(CalculatorService, client)
      .squareRoot({ value: 16 })
      .catch((reason) => reason);
    expect(error.code).to.equal(status.UNAUTHENTICATED);
    expect(await next()).to.include({ code: "UNAUTHENTICATED", details: "who are you?" });
  });
});
