// What the plugin of grpc-tools makes for prices.proto with --grpc_out=grpc_js:. (written by hand in its form, because
// grpc-tools downloads a binary). The run generates the .d.ts files beside it.
"use strict";
var grpc = require("@grpc/grpc-js");
var prices_pb = require("./prices_pb.js");

function serialize_prices_v1_Price(arg) {
  if (!(arg instanceof prices_pb.Price)) {
    throw new Error("Expected argument of type prices.v1.Price");
  }
  return Buffer.from(arg.serializeBinary());
}

function deserialize_prices_v1_Price(buffer_arg) {
  return prices_pb.Price.deserializeBinary(new Uint8Array(buffer_arg));
}

function serialize_prices_v1_Query(arg) {
  if (!(arg instanceof prices_pb.Query)) {
    throw new Error("Expected argument of type prices.v1.Query");
  }
  return Buffer.from(arg.serializeBinary());
}

function deserialize_prices_v1_Query(buffer_arg) {
  return prices_pb.Query.deserializeBinary(new Uint8Array(buffer_arg));
}

var PricesService = (exports.PricesService = {
  quote: {
    path: "/prices.v1.Prices/Quote",
    requestStream: false,
    responseStream: false,
    requestType: prices_pb.Query,
    responseType: prices_pb.Price,
    requestSerialize: serialize_prices_v1_Query,
    requestDeserialize: deserialize_prices_v1_Query,
    responseSerialize: serialize_prices_v1_Price,
    responseDeserialize: deserialize_prices_v1_Price,
  },
  history: {
    path: "/prices.v1.Prices/History",
    requestStream: false,
    responseStream: true,
    requestType: prices_pb.Query,
    responseType: prices_pb.Price,
    requestSerialize: serialize_prices_v1_Query,
    requestDeserialize: deserialize_prices_v1_Query,
    responseSerialize: serialize_prices_v1_Price,
    responseDeserialize: deserialize_prices_v1_Price,
  },
  average: {
    path: "/prices.v1.Prices/Average",
    requestStream: true,
    responseStream: false,
    requestType: prices_pb.Price,
    responseType: prices_pb.Price,
    requestSerialize: serialize_prices_v1_Price,
    requestDeserialize: deserialize_prices_v1_Price,
    responseSerialize: serialize_prices_v1_Price,
    responseDeserialize: deserialize_prices_v1_Price,
  },
  follow: {
    path: "/prices.v1.Prices/Follow",
    requestStream: true,
    responseStream: true,
    requestType: prices_pb.Query,
    responseType: prices_pb.Price,
    requestSerialize: serialize_prices_v1_Query,
    requestDeserialize: deserialize_prices_v1_Query,
    responseSerialize: serialize_prices_v1_Price,
    responseDeserialize: deserialize_prices_v1_Price,
  },
});

exports.PricesClient = grpc.makeGenericClientConstructor(PricesService, "Prices");
