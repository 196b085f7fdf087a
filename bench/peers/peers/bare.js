// grpc-js with the code that ts-proto generates for it: what every ratio is measured against.
import { BenchService } from "../../../dist/src/gen/quartet/bench/v1/bench.js";
import { grpcJsPeer } from "./idiom.js";

export const packages = ["@grpc/grpc-js"];
export const { startServer, connect } = grpcJsPeer(BenchService);
