import { Server, status } from "@grpc/grpc-js";
import { expect } from "chai";
import { badRequest, caller, errorInfo, errorInfoOf, implement, StatusError } from "quartet-bridge";
import { HealthService } from "#gen/grpc/health/v1/health.js";
import { loopback } from "../../test/loopback.js";

describe("ErrorInfo", () => {
  it("crosses the wire in the trailers, beside the status and its text", async () => {
    const server = new Server();
    const { definition, implementation } = implement(HealthService, {
      check: () => {
        throw errorInfo(status.OUT_OF_RANGE, "the room has started anew", {
          reason: "EPOCH_ENDED",
          domain: "rooms.example",
          metadata: { epoch: "e1", newest: "7" },
        });
      },
      list: () => ({ statuses: {} }),
      watch: () => [],
    });
    server.addService(definition, implementation);
    const { client } = await loopback(server);
    const error = await caller(HealthService, client)
      .check({ service: "" })
      .then(
        () => undefined,
        (reason: unknown) => reason,
      );
    expect(error).to.be.instanceOf(StatusError).and.to.include({
      code: status.OUT_OF_RANGE,
      details: "the room has started anew",
    });
    expect(errorInfoOf(error)).to.deep.equal({
      reason: "EPOCH_ENDED",
      domain: "rooms.example",
      metadata: { epoch: "e1", newest: "7" },
    });
  });

  it("is not found in an error that carries another detail, or none, or bytes that are no detail", () => {
    expect(errorInfoOf(badRequest({ field: "name", description: "is empty" }))).to.equal(undefined);
    expect(errorInfoOf(new StatusError(status.OUT_OF_RANGE, "no details"))).to.equal(undefined);
    expect(errorInfoOf(new Error("no status"))).to.equal(undefined);
    const garbled = new StatusError(status.OUT_OF_RANGE, "garbled");
    garbled.metadata.set("grpc-status-details-bin", Buffer.from([255, 255, 255]));
    expect(errorInfoOf(garbled)).to.equal(undefined);
  });
});
