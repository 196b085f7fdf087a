import sys

import grpc

import calculator_pb2
import calculator_pb2_grpc

address = sys.argv[1] if len(sys.argv) > 1 else 'localhost:50051'

# open a gRPC channel
channel = grpc.insecure_channel(address)

# create a stub (client)
stub = calculator_pb2_grpc.CalculatorStub(channel)

# create a valid request message
number = calculator_pb2.Number(value=16)

# make the call
response = stub.SquareRoot(number)

print(response.value)
