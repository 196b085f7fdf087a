"""A Python client through all services of `make serve`: what each type of call does when it goes well, and when it is
cancelled, is too late, or is refused. The first thing that is not as the contracts say ends it with a traceback."""

import hashlib
import itertools
import queue
import sys
import uuid

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status

import calculator_pb2
import calculator_pb2_grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from quartet.chat.v1 import chat_pb2, chat_pb2_grpc
from quartet.dialogue.v1 import dialogue_pb2, dialogue_pb2_grpc
from quartet.statistics.v1 import statistics_pb2, statistics_pb2_grpc
from quartet.upload.v1 import upload_pb2, upload_pb2_grpc
from quartet.vitals.v1 import vitals_pb2, vitals_pb2_grpc

timeout = 20


def proved(what):
    print(what, flush=True)


def refused(code, call):
    """The error with which the call ends, which must be of that code."""
    try:
        call()
    except grpc.RpcError as error:
        assert error.code() == code, f"{error.code()} and not {code}: {error.details()}"
        return error
    raise AssertionError(f"the call went well, where it was to end {code}")


def detail(error, kind):
    """The one detail of that kind that came with the status."""
    (packed,) = rpc_status.from_call(error).details
    unpacked = kind()
    assert packed.Unpack(unpacked), packed.type_url
    return unpacked


def unary(channel):
    calculator = calculator_pb2_grpc.CalculatorStub(channel)
    assert calculator.SquareRoot(calculator_pb2.Number(value=16), timeout=timeout).value == 4
    error = refused(
        grpc.StatusCode.INVALID_ARGUMENT,
        lambda: calculator.SquareRoot(calculator_pb2.Number(value=-1), timeout=timeout),
    )
    (violation,) = detail(error, error_details_pb2.BadRequest).field_violations
    assert violation.field == "value", violation
    proved("unary: an answer, and a refusal with its BadRequest")


def server_streaming(channel):
    vitals = vitals_pb2_grpc.VitalsStub(channel)
    rounds = list(vitals.Replay(vitals_pb2.ReplayRequest(count=2_000), timeout=timeout))
    assert [each.sequence for each in rounds] == list(range(1, 2_001))

    watch = vitals.Watch(vitals_pb2.WatchRequest(), timeout=timeout)
    cursor = next(watch).cursor
    watch.cancel()
    assert refused(grpc.StatusCode.CANCELLED, lambda: list(watch))

    resumed = vitals.Watch(vitals_pb2.WatchRequest(resume_after=cursor), timeout=timeout)
    first = next(resumed)
    assert first.cursor.sequence == cursor.sequence + 1 + first.replaced, (cursor, first)
    resumed.cancel()

    ended = vitals_pb2.Cursor(epoch="another", sequence=1)
    error = refused(
        grpc.StatusCode.OUT_OF_RANGE,
        lambda: list(vitals.Watch(vitals_pb2.WatchRequest(resume_after=ended), timeout=timeout)),
    )
    assert detail(error, error_details_pb2.ErrorInfo).reason == "EPOCH_ENDED"
    refused(grpc.StatusCode.DEADLINE_EXCEEDED, lambda: list(vitals.Watch(vitals_pb2.WatchRequest(), timeout=0.3)))
    proved("server streaming: 2,000 rounds in order; a watch that is cancelled, resumed, refused, too late")


def client_streaming(channel):
    statistics = statistics_pb2_grpc.StatisticsStub(channel)
    numbers = (statistics_pb2.SummarizeRequest(values=range(100)) for _ in range(1_000))
    summary = statistics.Summarize(numbers, timeout=timeout)
    assert (summary.count, summary.mean) == (100_000, 49.5), summary

    # An endless source: it is stopped by the refusal.
    taken = itertools.count()
    endless = (statistics_pb2.SummarizeRequest(values=[float("nan")]) for _ in taken)
    refused(grpc.StatusCode.INVALID_ARGUMENT, lambda: statistics.Summarize(endless, timeout=timeout))
    proved("client streaming: 100,000 numbers, and a refusal in the middle of a stream without end")


def uploads(channel):
    upload = upload_pb2_grpc.UploadStub(channel)
    data = bytes(range(256)) * 1_000
    upload_id = str(uuid.uuid4())
    header = upload_pb2.PutRequest(header=upload_pb2.Header(upload_id=upload_id, name="python.bin", size=len(data)))

    def chunks(start, end):
        for offset in range(start, end, 64_000):
            part = upload_pb2.Chunk(offset=offset, data=data[offset : min(offset + 64_000, end)])
            yield upload_pb2.PutRequest(chunk=part)

    refused(
        grpc.StatusCode.FAILED_PRECONDITION,
        lambda: upload.Put(itertools.chain([header], chunks(0, 128_000)), timeout=timeout),
    )
    staged = upload.Status(upload_pb2.StatusRequest(upload_id=upload_id), timeout=timeout).staged.size
    assert staged == 128_000, staged
    commit = upload_pb2.Commit(size=len(data), sha256=hashlib.sha256(data).digest())
    steps = itertools.chain([header], chunks(staged, len(data)), [upload_pb2.PutRequest(commit=commit)])
    assert upload.Put(steps, timeout=timeout).file.size == len(data)
    again = upload.Status(upload_pb2.StatusRequest(upload_id=upload_id), timeout=timeout)
    assert again.committed.sha256 == commit.sha256
    proved("uploads: half a file without a commit is none, the rest makes it one")


def dialogue(channel):
    stub = dialogue_pb2_grpc.DialogueStub(channel)
    hits = queue.Queue()
    strokes = []
    hits.put(dialogue_pb2.Ball(stroke=1))
    for ball in stub.PingPong(iter(hits.get, None), timeout=timeout):
        strokes.append(ball.stroke)
        hits.put(dialogue_pb2.Ball(stroke=ball.stroke + 1) if ball.stroke < 10 else None)
    assert strokes == [2, 4, 6, 8, 10], strokes
    lines = [dialogue_pb2.CollectThenReplyRequest(text=text) for text in ("a", "b")]
    assert [reply.text for reply in stub.CollectThenReply(iter(lines), timeout=timeout)] == ["b", "a"]
    proved("bidirectional: turn by turn, and one side after the other")


class Member:
    """A member of a chat room, who says what is put into its mouth."""

    def __init__(self, channel, name):
        self.requests = queue.Queue()
        self.put(enter=chat_pb2.Enter(room="python", name=name, session_id=str(uuid.uuid4()), history=0))
        self.call = chat_pb2_grpc.ChatStub(channel).Join(iter(self.requests.get, None), timeout=timeout)
        assert next(self.call).WhichOneof("frame") == "welcome"

    def put(self, **frame):
        self.requests.put(chat_pb2.JoinRequest(**frame))

    def said(self):
        """The next text that it hears."""
        for response in self.call:
            for event in response.events.events:
                if event.WhichOneof("what") == "said":
                    return event.said.text


def chat(channel):
    ada, grace = Member(channel, "ada"), Member(channel, "grace")
    ada.put(say=chat_pb2.Say(client_message_id="1", text="hello from Python"))
    assert grace.said() == "hello from Python"
    refused(grpc.StatusCode.ALREADY_EXISTS, lambda: Member(channel, "ada"))
    for member in (ada, grace):
        member.put(leave=chat_pb2.Leave())
        member.requests.put(None)
        list(member.call)
    proved("chat: two members hear each other, and a third one cannot take a name")


def keepalive(address):
    """Pings five times a second, where our servers send one: a server that struck would end the connection."""
    options = [
        ("grpc.keepalive_time_ms", 200),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.max_pings_without_data", 0),
    ]
    with grpc.insecure_channel(address, options) as channel:
        watch = vitals_pb2_grpc.VitalsStub(channel).Watch(vitals_pb2.WatchRequest(interval_ms=1_000), timeout=timeout)
        rounds = [next(watch) for _ in range(4)]
        watch.cancel()
        assert len(rounds) == 4
    proved("keepalive: a client that pings is not struck")


def health(channel):
    request = health_pb2.HealthCheckRequest(service="quartet.chat.v1.Chat")
    assert health_pb2_grpc.HealthStub(channel).Check(request, timeout=timeout).status == 1
    proved("health: serving")


address = sys.argv[1] if len(sys.argv) > 1 else "localhost:50051"
with grpc.insecure_channel(address) as shared:
    for service in (unary, server_streaming, client_streaming, uploads, dialogue, chat, health):
        service(shared)
keepalive(address)
