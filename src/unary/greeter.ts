import { badRequest, implement } from "quartet-bridge";
import { GreeterService } from "#gen/tutorials/helloworld.js";

/** In Unicode code points: an emoji has one or a few, however many bytes or UTF-16 units it takes. */
const longestName = 100;

/** The greeting of the quick starts. */
export function greeting(name: string): string {
  return `Hello, ${name}!`;
}

/** The service of helloworld.proto. */
export const greeter = implement(GreeterService, {
  sayHello({ name }) {
    if (name === "") throw badRequest({ field: "name", description: "must not be empty" });
    if (isLonger(name, longestName)) {
      // The description states the rule and not the name: an error that repeats its input brings the input into every
      // log.
      throw badRequest({ field: "name", description: `must not have more than ${longestName} characters` });
    }
    return { message: greeting(name) };
  },
});

/** Stops counting at the limit, so a name of 4 MiB costs no more than one of 101 characters. */
function isLonger(text: string, limit: number): boolean {
  let characters = 0;
  for (const _character of text) {
    characters += 1;
    if (characters > limit) return true;
  }
  return false;
}
