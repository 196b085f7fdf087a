import unary_pb2 as pb2
import unary_pb2_grpc as pb2_grpc
from serving import serve


class UnaryService(pb2_grpc.UnaryServicer):
    def GetServerResponse(self, request, context):
        # get the string from the incoming request
        message = request.message
        result = f'Hello I am up and running received "{message}" message from you'
        result = {'message': result, 'received': True}

        return pb2.MessageResponse(**result)


serve(lambda server: pb2_grpc.add_UnaryServicer_to_server(UnaryService(), server))
