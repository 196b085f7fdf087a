import math

import calculator_pb2
import calculator_pb2_grpc
from serving import serve


class CalculatorServicer(calculator_pb2_grpc.CalculatorServicer):
    def SquareRoot(self, request, context):
        response = calculator_pb2.Number()
        response.value = math.sqrt(request.value)
        return response


serve(lambda server: calculator_pb2_grpc.add_CalculatorServicer_to_server(CalculatorServicer(), server))
