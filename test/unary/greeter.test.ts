import { status } from "@grpc/grpc-js";
import { expect } from "chai";
import { type Caller, caller, violationsOf } from "quartet-bridge";
import { GreeterService } from "#gen/tutorials/helloworld.js";
import { loopback } from "../../bridge/test/harness/loopback.js";
import { failure } from "../../src/host/index.js";
import { build } from "../../src/unary/server.js";

describe("the greeter", () => {
  let greeter: Caller<GreeterService>;

  beforeEach(async () => {
    const { client } = await loopback(build());
    greeter = caller(GreeterService, client);
  });

  it("greets by name", async () => {
    expect(await greeter.sayHello({ name: "you" })).to.deep.equal({ message: "Hello, you!" });
    expect(await greeter.sayHello({ name: "Åsa 王" })).to.deep.equal({ message: "Hello, Åsa 王!" });
  });

  it("refuses an empty name", async () => {
    const error = await failure(status.INVALID_ARGUMENT, greeter.sayHello({ name: "" }));
    expect(violationsOf(error)).to.have.length(1);
    expect(violationsOf(error)[0]).to.include({ field: "name", description: "must not be empty" });
  });

  it("takes a name of 100 characters of any size, and refuses the 101st", async () => {
    for (const character of ["x", "é", "王", "🙂"]) {
      const longest = character.repeat(100);
      expect(await greeter.sayHello({ name: longest })).to.deep.equal({ message: `Hello, ${longest}!` });
      const error = await failure(status.INVALID_ARGUMENT, greeter.sayHello({ name: `${longest}${character}` }));
      expect(violationsOf(error)[0]).to.include({
        field: "name",
        description: "must not have more than 100 characters",
      });
    }
  });

  it("never echoes a name that it refuses: it may be secret, or a megabyte", async () => {
    const name = "secret".repeat(200_000);
    const error = await failure(status.INVALID_ARGUMENT, greeter.sayHello({ name }));
    const details = Buffer.concat(error.metadata.get("grpc-status-details-bin").map((value) => Buffer.from(value)));
    expect(details.includes("100 characters"), "the details are those of the error").to.equal(true);
    expect(details.includes("secret")).to.equal(false);
    expect(error.details).not.to.contain("secret");
    expect(details.length + error.details.length).to.be.below(1000);
  });

  it("answers a name that was cut inside an emoji, well-formed", async () => {
    const { message } = await greeter.sayHello({ name: "🙂".slice(0, 1) });
    expect(message.isWellFormed()).to.equal(true);
  });
});
