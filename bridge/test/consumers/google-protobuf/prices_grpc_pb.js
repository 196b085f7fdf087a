// What the plugin of grpc-tools makes for prices.proto with --grpc_out=grpc_js:. (written by hand, because grpc-tools
// downloads a binary). The run generates the .d.ts files beside it.
"use strict";
var grpc = require("@grpc/grpc-js");
var { Price, Query } = require("./prices_pb.js");

function serialize(Message) {
  return (arg) => {
    if (!(arg instanceof Message)) throw new Error("Argument of another type");
    return Buffer.from(arg.serializeBinary());
  };
}

function deserialize(Message) {
  return (bytes) => Message.deserializeBinary(new Uint8Array(bytes));
}

function method(name, requestStream, responseStream, requestType) {
  return {
    path: `/prices.v1.Prices/${name}`,
    requestStream,
    responseStream,
    requestType,
    responseType: Price,
    requestSerialize: serialize(requestType),
    requestDeserialize: deserialize(requestType),
    responseSerialize: serialize(Price),
    responseDeserialize: deserialize(Price),
  };
}

exports.PricesService = {
  quote: method("Quote", false, false, Query),
  history: method("History", false, true, Query),
  average: method("Average", true, false, Price),
  follow: method("Follow", true, true, Query),
};

exports.PricesClient = grpc.makeGenericClientConstructor(exports.PricesService, "Prices");
