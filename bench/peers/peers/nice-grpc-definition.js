// What ts-proto writes with `outputServices=generic-definitions`, as nice-grpc asks for it
// (https://github.com/deeplay-io/nice-grpc/tree/master/packages/nice-grpc#using-ts-proto), around the messages that it
// has generated for the suite already.
import {
  DownRequest,
  Item,
  JoinRequest,
  PublishResponse,
  UpResponse,
} from "../../../dist/src/gen/quartet/bench/v1/bench.js";

const method = (name, requestType, requestStream, responseType, responseStream) => ({
  name,
  requestType,
  requestStream,
  responseType,
  responseStream,
  options: {},
});

export const BenchDefinition = {
  name: "Bench",
  fullName: "quartet.bench.v1.Bench",
  methods: {
    ask: method("Ask", Item, false, Item, false),
    down: method("Down", DownRequest, false, Item, true),
    up: method("Up", Item, true, UpResponse, false),
    pingPong: method("PingPong", Item, true, Item, true),
    join: method("Join", JoinRequest, false, Item, true),
    publish: method("Publish", Item, true, PublishResponse, false),
  },
};
