"""The example that carries the Bayeux server, at its socket: how bodies come, and who goes away."""

import json
import socket
from time import sleep

import pytest
from bayeux_served import SERVERS, TOPIC, Served

from ixnstate.testing.http import basic


@pytest.fixture(scope="module", params=SERVERS)
def served(request):
    with Served(SERVERS[request.param]) as server:
        yield server


class Connection:
    """One TCP connection on which requests are written as they are."""

    def __init__(self, served, agent="a1", path="/notifications", method="POST"):
        self.socket = socket.create_connection(("127.0.0.1", served.port), timeout=10)
        self.head = f"{method} /api/v2{path} HTTP/1.1\r\nHost: localhost\r\n"
        self.head += "".join(f"{name}: {value}\r\n" for name, value in basic(agent).items())

    def write(self, *parts, headers=""):
        self.socket.sendall((self.head + headers + "\r\n").encode())
        for part in parts:
            self.socket.sendall(part)

    def post(self, *messages, cookie=None):
        body = json.dumps(messages).encode()
        more = f"Cookie: other=1; BAYEUX_BROWSER={cookie}\r\n" if cookie else ""
        self.write(body, headers=f"Content-Length: {len(body)}\r\n{more}")

    def read(self):
        """Status, headers and body."""
        file = self.socket.makefile("rb")
        status = int(file.readline().split()[1])
        headers = {}
        while line := file.readline().strip():
            name, _, value = line.decode().partition(": ")
            if name.lower() != "set-cookie" or value.startswith("BAYEUX_BROWSER="):
                headers[name.lower()] = value
        return status, headers, file.read(int(headers["content-length"]))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()


HANDSHAKE = json.dumps([{"channel": "/meta/handshake", "id": "1"}]).encode()


@pytest.mark.parametrize("path", ["", "/", "/handshake", "/x/y"])
def test_every_address_below_the_root_is_served(served, path):
    with Connection(served, path=f"/notifications{path}") as connection:
        connection.post({"channel": "/meta/handshake"})
        status, headers, body = connection.read()
    assert (status, headers["content-type"]) == (200, "application/json;charset=UTF-8")
    assert json.loads(body)[0]["successful"]


def test_a_body_in_chunks(served):
    with Connection(served) as connection:
        chunks = [b"%x\r\n%s\r\n" % (len(part), part) for part in (HANDSHAKE[:5], HANDSHAKE[5:])]
        connection.write(*chunks, b"0\r\n\r\n", headers="Transfer-Encoding: chunked\r\n")
        assert json.loads(connection.read()[2])[0]["successful"]


def test_a_body_that_comes_slowly(served):
    with Connection(served) as connection:
        connection.write(headers=f"Content-Length: {len(HANDSHAKE)}\r\n")
        for byte in HANDSHAKE:
            connection.socket.sendall(bytes([byte]))
            sleep(0.001)
        assert json.loads(connection.read()[2])[0]["successful"]


@pytest.mark.parametrize(
    ("body", "status"), [(b"{", 400), (b"\xff\xfe", 400), (b"", 400), (b"[]", 400), (b"[" + b" " * 70_000 + b"]", 413)]
)
def test_junk(served, body, status):
    with Connection(served) as connection:
        connection.write(body, headers=f"Content-Length: {len(body)}\r\n")
        found, _, answer = connection.read()
    assert found == status
    said = json.loads(answer)
    if isinstance(said, list):
        assert said[0]["error"].startswith(f"{status}::")
    else:  # a server may refuse what is too long before it knows that it is CometD
        assert status == 413
        assert "longer than" in said["statusMessage"]


def test_an_endless_body(served):
    with Connection(served) as connection:
        connection.write(headers="Transfer-Encoding: chunked\r\n")
        try:
            for _ in range(100):
                connection.socket.sendall(b"2710\r\n" + b" " * 10_000 + b"\r\n")
        except ConnectionError:
            pass
        else:
            assert connection.read()[0] == 413
    test_a_body_in_chunks(served)


def test_other_methods(served):
    with Connection(served, method="GET") as connection:
        connection.write()
        status, headers, _ = connection.read()
    assert (status, headers["allow"]) == (405, "POST")


def test_nobody(served):
    with Connection(served, agent="stranger") as connection:
        connection.post({"channel": "/meta/handshake"})
        status, _, body = connection.read()
    assert (status, json.loads(body)["statusCode"]) == (401, 20)


def test_what_is_sent_to_a_client_that_has_gone_waits_for_it(served):
    def ask(connection, what, **more):
        connection.post({"channel": f"/meta/{what}", "clientId": client, **more}, cookie=cookie)

    with Connection(served, "a3") as connection:
        connection.post({"channel": "/meta/handshake"})
        _, headers, body = connection.read()
        client, cookie = json.loads(body)[0]["clientId"], headers["set-cookie"].split(";")[0].split("=")[1]
        ask(connection, "subscribe", subscription=TOPIC)
        connection.read()
        ask(connection, "connect")
        assert json.loads(connection.read()[2])[0]["successful"]
    with Connection(served, "a3") as gone:
        ask(gone, "connect")
        sleep(0.2)
    sleep(0.2)
    number = served.create("a3")
    with Connection(served, "a3") as connection:
        ask(connection, "connect")
        told, reply = json.loads(connection.read()[2])
    assert told["data"]["referenceId"] == number
    assert reply["successful"]
