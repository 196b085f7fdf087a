import type { MethodDefinition, StatusObject } from "@grpc/grpc-js";
import { type Awaitable, isPromiseLike } from "./awaitable.js";
import { type methodsOf, namesOf } from "./definition.js";
import { Encoded, type Outgoing, plain } from "./encoded.js";
import type { Outlet } from "./send/outlet.js";

type AnyMethod = Pick<MethodDefinition<unknown, unknown>, "path" | "requestStream" | "responseStream">;

/**
 * What a middleware can ask for besides its call, on both sides. Requests pass the middleware in the order of the list,
 * responses and the status in reverse order.
 */
export interface CallHooks<Req = unknown, Res = unknown> {
  /** The definition of the method: its path, and which sides stream. */
  readonly method: AnyMethod;
  /**
   * Replaces each request by what `map` returns, in the same turn: on a server before the handler reads it, on a client
   * before it is serialized. Requests that an Observable emitted before the call began are mapped when the call begins.
   * Return a new message, because other code may hold the old one. If `map` throws, the call ends as after an error of
   * the handler. On a client it fails with that error, or with a `CallError` whose cause it is if it has a status.
   * @throws TypeError if the middleware has returned, or its promise has settled: messages may have passed already
   */
  mapRequests(this: void, map: (request: Req) => Req): void;
  /** The same for the responses. An {@link Encoded} that is mapped is serialized again for each call. */
  mapResponses(this: void, map: (response: Res) => Res): void;
  /**
   * Calls `listener` once, with the status that ended the call, such as OK, CANCELLED or DEADLINE_EXCEEDED. If the
   * handler's status was not sent, or grpc-js reports a cancel after it was, a server infers CANCELLED or, after the
   * deadline, DEADLINE_EXCEEDED, even if grpc-js or an interceptor sent another status by itself (fact 23). If
   * `listener` throws, the error is the outcome of the call on a client, and goes to the log on a server.
   */
  onStatus(this: void, listener: (status: StatusObject) => void): void;
}

type MessageMap<T> = (message: T) => T;

/** What the middleware of one call asked for. */
export class Hooks<Req, Res> {
  /** All maps of requests as one function; undefined if there are none, so that messages pass without a detour. */
  mapRequest: MessageMap<Req> | undefined;
  mapResponse: MessageMap<Res> | undefined;
  readonly #method: AnyMethod;
  readonly #failed: (error: unknown) => void;
  readonly #listeners: ((status: StatusObject) => void)[] = [];
  #ended: StatusObject | undefined;

  /** @param failed gets the error that a listener throws */
  constructor(method: AnyMethod, failed: (error: unknown) => void) {
    this.#method = method;
    this.#failed = failed;
  }

  /** Calls `middleware` with its own hooks. They accept maps until it has returned, or its promise has settled. */
  run<Call, Given>(
    middleware: (call: Call, hooks: CallHooks<Req, Res>) => Awaitable<Given>,
    call: Call,
  ): Given | Promise<Given> {
    const method = this.#method;
    let returned = false;

    function checked<T>(map: MessageMap<T>): MessageMap<T> {
      if (returned) throw new TypeError(`messages of ${method.path} may have passed: map them before you return`);
      return (message) => {
        const mapped = map(message);
        if (mapped !== undefined && mapped !== null && !isPromiseLike(mapped)) return mapped;
        // Either would be sent as an empty message.
        throw new TypeError(`a map of the messages of ${method.path} must return a message, not a promise`);
      };
    }

    const given = middleware(call, {
      method,
      mapRequests: (map) => {
        this.mapRequest = inTurn(this.mapRequest, checked(map));
      },
      mapResponses: (map) => {
        this.mapResponse = inTurn(checked(map), this.mapResponse);
      },
      onStatus: (listener) => {
        if (this.#ended) this.#tell(listener, this.#ended);
        else this.#listeners.push(listener);
      },
    });
    const close = () => {
      returned = true;
    };
    if (isPromiseLike(given)) return Promise.resolve(given).finally(close);
    close();
    return given;
  }

  get over(): boolean {
    return this.#ended !== undefined;
  }

  /** The call is over. Called once. */
  end(ended: StatusObject): void {
    this.#ended = ended;
    for (const listener of this.#listeners.reverse()) this.#tell(listener, ended);
  }

  #tell(listener: (status: StatusObject) => void, ended: StatusObject): void {
    try {
      listener(ended);
    } catch (error) {
      this.#failed(error);
    }
  }
}

function inTurn<T>(first: MessageMap<T> | undefined, second: MessageMap<T> | undefined): MessageMap<T> | undefined {
  return first && second ? (message) => second(first(message)) : (first ?? second);
}

/** A message as its source gave it, for a policy that merges messages, and the message that is sent for it. */
class Mapped<T> extends Encoded<T> {
  readonly sent: Encoded<T>;

  constructor(given: Outgoing<T>, sent: Encoded<T>) {
    super(plain(given), sent.bytes, given instanceof Encoded ? given.count : 1);
    this.sent = sent;
  }
}

/** How a pump accepts and writes messages that `map` changes before they are sent. Without a map nothing changes. */
export function mapping<T>(
  map: MessageMap<T> | undefined,
  { accept, write }: Pick<Outlet<T>, "accept" | "write">,
): Pick<Outlet<T>, "accept" | "write"> {
  if (map === undefined) return { accept, write };
  const mapped = (message: Outgoing<T>) => new Mapped(message, accept(map(plain(message))));
  return {
    accept: mapped,
    // A message that was accepted before the call began is mapped here.
    write: (message) => write((message instanceof Mapped ? message : mapped(message)).sent),
  };
}

/** A middleware for all methods, or an object with a middleware for each method that it names. */
export type MiddlewareEntry<Middleware> = Middleware | { readonly [method: string]: Middleware | undefined };

/**
 * The middleware of each method, in the order of `list`.
 * @throws TypeError for an entry that is not a middleware, and for a name that no method has
 */
export function middlewareOf<Middleware>(
  list: readonly MiddlewareEntry<Middleware>[],
  methods: ReturnType<typeof methodsOf>,
): Middleware[][] {
  const all = methods.map(([name]) => name);
  const names = methods.map(([name, method]) => new Set(namesOf(name, method, all)));
  const isMethod = (key: string) => names.some((aliases) => aliases.has(key));
  const fits = (entry: unknown) =>
    typeof entry === "function" ||
    (typeof entry === "object" &&
      entry !== null &&
      Object.entries(entry).every(([key, middleware]) => isMethod(key) && typeof middleware === "function"));
  if (!list.every(fits)) {
    throw new TypeError(`a middleware is a function, or an object of functions for some of ${all.join(", ")}`);
  }
  return names.map((aliases) =>
    list.flatMap((entry) => {
      if (typeof entry === "function") return [entry as Middleware];
      return Object.entries(entry as object).flatMap(([name, middleware]) => (aliases.has(name) ? [middleware] : []));
    }),
  );
}
