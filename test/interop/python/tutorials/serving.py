"""What the tutorials' servers have in common, but for the port: each takes a free one, and says which."""

from concurrent import futures

import grpc


def serve(add):
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=10))
    add(server)
    port = server.add_insecure_port('127.0.0.1:0')
    server.start()
    print(port, flush=True)
    server.wait_for_termination()
