import {
  type CallCredentials,
  credentials as grpcCredentials,
  InterceptingCall,
  type Interceptor,
  type Metadata,
  status,
} from "@grpc/grpc-js";
import type { StatusError } from "../errors/status-error.js";
import { metadataFrom, sendable } from "../stream/metadata.js";

/** The interceptor of one call that is nearest the wire, behind those of its caller. */
export interface NearestInterceptor {
  readonly interceptor: Interceptor;
  /** An interceptor of the caller has thrown while the call began: what has begun ends, and tells nothing of it. */
  abandon(): void;
}

/** Checks what the interceptors of the caller have made of the metadata. */
export function nearestInterceptor(): NearestInterceptor {
  let begun: ReturnType<Parameters<Interceptor>[1]> | undefined;
  let abandoned = false;

  const interceptor: Interceptor = (options, nextCall) => {
    const call = nextCall(options);
    return new InterceptingCall(call, {
      start(metadata, listener, next) {
        let checked: typeof metadata;
        try {
          checked = sendable(metadata, "request metadata");
        } catch (error) {
          const { code, details } = error as StatusError;
          // Not in this turn, in which nothing listens yet.
          process.nextTick(() => listener.onReceiveStatus({ code, details, metadata }));
          return;
        }
        begun = call;
        next(checked, {
          // A stream without a listener for 'error' would end the process.
          onReceiveStatus: (ended, tell) => {
            if (!abandoned) tell(ended);
          },
        });
      },
    });
  };

  function abandon(): void {
    abandoned = true;
    // A cancel in the turn that made the call never reaches the server, whose handler would live on (fact 14).
    process.nextTick(() => begun?.cancelWithStatus(status.CANCELLED, "the call could not be made"));
  }
  return { interceptor, abandon };
}

/** `credentials`, whose metadata is checked together with that of the call: it would harm other calls as any other. */
export function checkedCredentials(credentials: CallCredentials, own: Metadata): CallCredentials {
  return grpcCredentials.createFromMetadataGenerator((options, callback) => {
    credentials.generateMetadata(options).then(
      (given) => {
        try {
          const all = own.clone();
          all.merge(metadataFrom(given));
          sendable(all, "request metadata");
          callback(null, sendable(metadataFrom(given), "request metadata"));
        } catch (error) {
          callback(error as StatusError);
        }
      },
      (error: Error | null | undefined) => callback(error ?? new Error("the credentials gave no metadata")),
    );
  });
}
