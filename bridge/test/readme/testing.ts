import assert from "node:assert/strict";
import { status } from "@grpc/grpc-js";
import { badRequest, implement } from "quartet-bridge";
import { loopback } from "quartet-bridge/testing";
import { GreeterService } from "#gen/tutorials/helloworld.js";

const greeter = implement(GreeterService, {
  sayHello({ name }) {
    if (name === "") throw badRequest({ field: "name", description: "must not be empty" });
    return { message: `Hello, ${name}` };
  },
});

await using served = await loopback(greeter);
assert.deepEqual(await served.caller.sayHello({ name: "Ada" }), { message: "Hello, Ada" });
await assert.rejects(served.caller.sayHello({ name: "" }), { code: status.INVALID_ARGUMENT });
