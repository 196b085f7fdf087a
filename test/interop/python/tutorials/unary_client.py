import sys

import grpc

import unary_pb2 as pb2
import unary_pb2_grpc as pb2_grpc


class UnaryClient(object):
    """
    Client for gRPC functionality
    """

    def __init__(self, address):
        # instantiate a channel
        self.channel = grpc.insecure_channel(address)

        # bind the client and the server
        self.stub = pb2_grpc.UnaryStub(self.channel)

    def get_url(self, message):
        """
        Client function to call the rpc for GetServerResponse
        """
        message = pb2.Message(message=message)
        return self.stub.GetServerResponse(message)


if __name__ == '__main__':
    client = UnaryClient(sys.argv[1] if len(sys.argv) > 1 else 'localhost:50051')
    result = client.get_url(message="Hello Server you there?")
    print(f'{result}')
