import sys

import grpc

import bidirectional_pb2 as bidirectional_pb2
import bidirectional_pb2_grpc as bidirectional_pb2_grpc


def make_message(message):
    return bidirectional_pb2.Message(message=message)


def generate_messages():
    messages = [
        make_message("First message"),
        make_message("Second message"),
        make_message("Third message"),
        make_message("Fourth message"),
        make_message("Fifth message"),
    ]
    for msg in messages:
        print("Hello Server Sending you the %s" % msg.message)
        yield msg


def send_message(stub):
    responses = stub.GetServerResponse(generate_messages())
    for response in responses:
        print("Hello from the server received your %s" % response.message)


def run(address):
    with grpc.insecure_channel(address) as channel:
        stub = bidirectional_pb2_grpc.BidirectionalStub(channel)
        send_message(stub)


if __name__ == '__main__':
    run(sys.argv[1] if len(sys.argv) > 1 else 'localhost:50051')
