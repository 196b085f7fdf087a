import { ChatService } from "#gen/quartet/chat/v1/chat.js";
import { DialogueService } from "#gen/quartet/dialogue/v1/dialogue.js";
import { StatisticsService } from "#gen/quartet/statistics/v1/statistics.js";
import { VitalsService } from "#gen/quartet/vitals/v1/vitals.js";
import { BidirectionalService } from "#gen/tutorials/bidirectional.js";
import { CalculatorService } from "#gen/tutorials/calculator.js";
import { GreeterService } from "#gen/tutorials/helloworld.js";
import { UnaryService } from "#gen/tutorials/unary.js";
import { chat } from "../bidirectional/chat.js";
import { dialogue } from "../bidirectional/dialogue.js";
import { echo } from "../bidirectional/echo.js";
import { statistics } from "../client-streaming/statistics.js";
import { type Hosting, type HostOptions, host, isMain, serve, service } from "../host/index.js";
import { vitals } from "../server-streaming/vitals.js";
import { calculator } from "../unary/calculator.js";
import { greeter } from "../unary/greeter.js";
import { serverResponse } from "../unary/server-response.js";

/** Every service of the suite on one server, on no port yet: one address for grpcurl and for other languages. */
export function build(options?: HostOptions): Hosting {
  return host(
    (draining) => [
      service(CalculatorService, calculator),
      service(GreeterService, greeter),
      service(UnaryService, serverResponse),
      service(VitalsService, vitals(draining)),
      service(StatisticsService, statistics),
      service(BidirectionalService, echo),
      service(DialogueService, dialogue),
      service(ChatService, chat(draining)),
    ],
    options,
  );
}

if (isMain(import.meta.url)) await serve("quartet-server", build);
