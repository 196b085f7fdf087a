// A bridged service beside Nest's own handlers, in the gRPC server of a Nest microservice.
import "reflect-metadata";
import { Client, credentials, type Server } from "@grpc/grpc-js";
import { Controller, Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { GrpcMethod, type GrpcOptions, Transport } from "@nestjs/microservices";
import { caller, streamingChannelOptions } from "quartet-bridge";
import { amountOf, check } from "./expected-answers.js";
import { FeesService, PricesService } from "./gen/ts-proto/prices.js";
import { freeAddress } from "./listen.js";
import { makeCalls } from "./make-calls.js";
import { prices } from "./prices.js";

@Controller()
class FeesController {
  @GrpcMethod("Fees", "Quote")
  quote({ symbol }: { symbol: string }): { symbol: string; amount: number } {
    return { symbol, amount: amountOf(symbol) / 100 };
  }
}

@Module({ controllers: [FeesController] })
class FeesModule {}

const url = await freeAddress();
const app = await NestFactory.createMicroservice<GrpcOptions>(FeesModule, {
  transport: Transport.GRPC,
  logger: ["error"],
  options: {
    url,
    package: "prices.v1",
    protoPath: "prices.proto",
    // Nest registers every service of the package that is in the definition, so Prices is taken out of it.
    onLoadPackageDefinition(definition: Record<string, unknown>, server: Server) {
      prices.addTo(server);
      delete definition["prices.v1.Prices"];
    },
  },
});
await app.listen();

const client = new Client(url, credentials.createInsecure(), streamingChannelOptions);
const { amount } = await caller(FeesService, client).quote({ symbol: "tea", lastDays: 0 });
if (amount !== 0.035) throw new Error(`the handler of Nest answered ${amount}`);
check(await makeCalls(caller(PricesService, client)));
client.close();
await app.close();
