"""A client that is killed in mid-request leaves nothing behind."""

import socket
from urllib.parse import urlsplit

import boto3
import pytest

from automation.localaws.moto_server import MotoServer
from automation.localaws.patches.apply import apply_patches


@pytest.fixture
def endpoint():
    apply_patches()
    server = MotoServer()
    server.start()
    yield server.endpoint
    server.stop()


def test_a_put_whose_body_never_came_stores_no_object(endpoint):
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
    s3 = boto3.client("s3", endpoint_url=endpoint, **keys)
    s3.create_bucket(Bucket="cut-off")
    place = urlsplit(endpoint)
    head = (
        "PUT /cut-off/half.json HTTP/1.1\r\n"
        f"Host: {place.netloc}\r\n"
        "Authorization: AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0\r\n"
        "Content-Length: 100\r\n\r\n"
    )
    with socket.create_connection((place.hostname, place.port), timeout=60) as connection:
        connection.sendall(head.encode() + b"half of it")
        connection.shutdown(socket.SHUT_WR)
        connection.recv(4096)
    assert "Contents" not in s3.list_objects_v2(Bucket="cut-off")
