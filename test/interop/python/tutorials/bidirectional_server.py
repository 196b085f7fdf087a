import bidirectional_pb2_grpc as bidirectional_pb2_grpc
from serving import serve


class BidirectionalService(bidirectional_pb2_grpc.BidirectionalServicer):
    def GetServerResponse(self, request_iterator, context):
        for message in request_iterator:
            yield message


serve(lambda server: bidirectional_pb2_grpc.add_BidirectionalServicer_to_server(BidirectionalService(), server))
